:home
