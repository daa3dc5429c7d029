-- The same programs as ../*.lisp for LuaJIT: peers.lua NAME [ARGS]. Coroutines only: it has no scheduler and no timers.
local ffi = require("ffi")
ffi.cdef [[ typedef struct { long sec, nsec; } evtime; int clock_gettime(int, evtime*); ]]
local create, resume, yield = coroutine.create, coroutine.resume, coroutine.yield

-- Nanoseconds by the monotonic clock (1), or of processor time (2; see ../_clock.lisp).
local clock = os.getenv("EVJIT_BENCH_CLOCK") == "cpu" and 2 or 1
local function now()
  local t = ffi.new("evtime")
  ffi.C.clock_gettime(clock, t)
  return tonumber(t.sec) * 1e9 + tonumber(t.nsec)
end

local function resident_bytes()
  local f = io.open("/proc/self/statm")
  local pages = f:read("*l"):match("^%d+ (%d+)")
  f:close()
  return pages * 4096
end

local programs = {}

function programs.resume()
  local rounds, sum = 2000000, 0
  local gen = create(function() local n = 0 while true do n = n + 1 yield(n) end end)
  local start = now()
  for _ = 1, rounds do
    local _, n = resume(gen)
    sum = sum + n
  end
  local ns = (now() - start) / rounds
  assert(sum == rounds * (rounds + 1) / 2, "sum of what was yielded")
  return ns
end

function programs.spawn(how)
  local count, sum = 1000000, 0
  local start = now()
  if how == "each" then
    for i = 0, count - 1 do
      local _, n = resume(create(function() return i end))
      sum = sum + n
    end
  else
    local all = {}
    for i = 0, count - 1 do all[i] = create(function() return i end) end
    for i = 0, count - 1 do
      local _, n = resume(all[i])
      sum = sum + n
    end
  end
  local ns = (now() - start) / count
  assert(sum == count * (count - 1) / 2, "sum of the results")
  return ns
end

function programs.parked(count)
  local all, started = {}, 0
  local function park() started = started + 1 yield() end
  local before = resident_bytes()
  for i = 1, tonumber(count) do
    all[i] = create(park)
    resume(all[i])
  end
  assert(started == tonumber(count), "all have started")
  return (resident_bytes() - before) / count
end

local function tree(number, size)
  if size == 1 then return number end
  local part, children, sum = size / 10, {}, 0
  for i = 0, 9 do children[i] = create(tree) end
  for i = 0, 9 do
    local _, n = resume(children[i], number + i * part, part)
    sum = sum + n
  end
  return sum
end

function programs.skynet()
  local leaves = 1000000
  local start = now()
  local sum = tree(0, leaves)
  local ns = (now() - start) / leaves
  assert(sum == 499999500000, "sum of the leaves")
  return ns
end

function programs.ring()
  local size, hops, members = 503, 5000000, {}
  for i = 0, size - 1 do members[i] = create(function(token) while true do token = yield(token - 1) end end) end
  local start = now()
  local token, i = hops, 0
  while token > 0 do
    local _
    _, token = resume(members[i], token)
    i = i == size - 1 and 0 or i + 1
  end
  local ns = (now() - start) / hops
  assert(i + 1 == 1 + hops % size, "who held the token at the end")
  return ns
end

print("bench: " .. programs[arg[1]](unpack(arg, 2)))
