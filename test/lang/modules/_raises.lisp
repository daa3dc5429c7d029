(error {:error :no-luck :at 1})
