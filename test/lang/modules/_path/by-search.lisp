(import "only-in-path")
