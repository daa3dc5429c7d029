-- The peer of `fields.lisp get struct`: nanoseconds for one field of a five-field table.
local rounds, steps = 100, 32000

local function nothing(xs, n, a)
  local acc, i = 0, 1
  for _ = 1, n do
    local o = xs[i]
    if not o then return acc end
    acc = acc + (a + a + a + a + a)
    i = i == 64 and 1 or i + 1
  end
  return acc
end

local function fields(xs, n, a)
  local acc, i = 0, 1
  for _ = 1, n do
    local o = xs[i]
    acc = acc + (o.alpha + o.beta + o.gamma + o.delta + o.epsilon)
    i = i == 64 and 1 or i + 1
  end
  return acc
end

local function fastest(f, xs)
  local best = math.huge
  for _ = 1, rounds do
    local t0 = os.clock() -- processor time, in microseconds
    f(xs, steps, 1)
    best = math.min(best, os.clock() - t0)
  end
  return 1e9 * best / (5 * steps)
end

local xs = {}
for i = 1, 64 do xs[i] = { alpha = i, beta = 2, gamma = 3, delta = 4, epsilon = 5 } end
print("bench: " .. (fastest(fields, xs) - fastest(nothing, xs)))
