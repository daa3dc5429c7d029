(import "./_cycle-a")
