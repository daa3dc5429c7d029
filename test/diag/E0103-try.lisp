# A try without a catch
(try
  (port/open "settings.json" :read))
