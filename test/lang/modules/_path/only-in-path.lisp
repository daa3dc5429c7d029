:from-path
