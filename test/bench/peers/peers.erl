%% The same programs as ../*.lisp for Erlang: erl -run peers main NAME [ARGS], with one scheduler thread (+S 1).
-module(peers).
-export([main/1]).

main([Name | Args]) ->
  io:format("bench: ~p~n", [program(list_to_atom(Name), Args)]),
  erlang:halt(0).

now_ns() -> erlang:monotonic_time(nanosecond).

%% Nanoseconds by the clock, or of processor time (see ../_clock.lisp).
bench_clock() ->
  case os:getenv("EVJIT_BENCH_CLOCK") of
    "cpu" -> {Ms, _} = statistics(runtime), Ms * 1000000;
    _ -> now_ns()
  end.

sum_to(Count) -> Count * (Count - 1) div 2.
times(0, _) -> ok;
times(N, F) -> F(), times(N - 1, F).

%% Runs Work, which must give Expected; nanoseconds for each of Count.
timed(Count, Expected, Work) ->
  Start = bench_clock(),
  Expected = Work(),
  (bench_clock() - Start) / Count.

resident_bytes() ->
  {ok, Text} = file:read_file("/proc/self/statm"),
  4096 * binary_to_integer(lists:nth(2, binary:split(Text, <<" ">>, [global]))).

program(switch, _) ->
  Rounds = 1000000,
  timed(2 * Rounds, ok, fun() ->
    Spin = fun() -> times(Rounds, fun erlang:yield/0), exit(done) end,
    Both = [spawn_monitor(Spin), spawn_monitor(Spin)],
    [receive {'DOWN', Ref, process, Pid, done} -> ok end || {Pid, Ref} <- Both],
    ok
  end);
program(spawn, [How]) ->
  Count = 1000000,
  timed(Count, sum_to(Count), fun() -> spawn_and_join(How, Count) end);
program(parked, [HowMany, How]) ->
  Count = list_to_integer(HowMany),
  Self = self(),
  Park = case How of
    "sleep" -> fun() -> Self ! started, receive never -> ok after 3600000 -> ok end end;
    _ -> fun() -> Self ! started, receive never -> ok end end
  end,
  Before = resident_bytes(),
  times(Count, fun() -> spawn(Park), receive started -> ok end end),
  (resident_bytes() - Before) / Count;
program(sleepers, _) ->
  Count = 1000000,
  Late = counters:new(60000, []),
  _ = lists:foldl(fun(_, Seed0) ->
    Seed = (Seed0 * 1103515245 + 12345) rem 2147483648,
    spawn_monitor(fun() -> sleeper(Seed / 2147483648, Late) end),
    Seed
  end, 1, lists:seq(1, Count)),
  times(Count, fun() -> receive {'DOWN', _, process, _, normal} -> ok end end),
  percentile(1, counters:get(Late, 1), 0.99 * Count, Late);
program(skynet, _) ->
  timed(1000000, 499999500000, fun() -> tree(0, 1000000) end);
program(ring, _) ->
  {Size, Hops} = {503, 5000000},
  timed(Hops, 1 + Hops rem Size, fun() ->
    Self = self(),
    First = spawn(fun() -> receive {next, Next} -> member(1, Next, Self) end end),
    Last = lists:foldl(fun(I, Next) -> spawn(fun() -> member(I, Next, Self) end) end, First, lists:seq(Size, 2, -1)),
    First ! {next, Last},
    First ! Hops,
    receive {last, Who} -> Who end
  end);
program(fail, _) ->
  Count = 300000,
  timed(Count, sum_to(Count), fun() -> failures(0, Count, 0) end);
program(abort, _) ->
  Count = 100000,
  Cleaned = counters:new(1, []),
  Self = self(),
  All = [begin
    Started = spawn_monitor(fun() -> sleeper_with_cleanup(Self, Cleaned) end),
    receive asleep -> Started end
  end || _ <- lists:seq(1, Count)],
  timed(Count, Count, fun() ->
    [exit(Pid, shutdown) || {Pid, _} <- All],
    [receive {'DOWN', Ref, process, _, shutdown} -> ok end || {_, Ref} <- All],
    counters:get(Cleaned, 1)
  end).

spawn_and_join("each", Count) ->
  lists:foldl(fun(I, Sum) ->
    {_, Ref} = spawn_monitor(fun() -> exit(I) end),
    receive {'DOWN', Ref, process, _, N} -> Sum + N end
  end, 0, lists:seq(0, Count - 1));
spawn_and_join("all", Count) ->
  All = [spawn_monitor(fun() -> exit(I) end) || I <- lists:seq(0, Count - 1)],
  lists:foldl(fun(_, Sum) -> receive {'DOWN', _, process, _, N} -> Sum + N end end, 0, All).

sleeper(Delay, Late) ->
  Start = now_ns(),
  receive never -> ok after ceil(Delay * 1000) -> ok end,
  Ms = floor((now_ns() - Start) / 1.0e6 - Delay * 1000),
  counters:add(Late, Ms + 1, 1).

percentile(I, Seen, Goal, _) when Seen >= Goal -> I - 1;
percentile(I, Seen, Goal, Late) -> percentile(I + 1, Seen + counters:get(Late, I + 1), Goal, Late).

tree(Number, 1) -> Number;
tree(Number, Size) ->
  Part = Size div 10,
  Self = self(),
  [spawn(fun() -> Self ! {sum, tree(Number + I * Part, Part)} end) || I <- lists:seq(0, 9)],
  lists:sum([receive {sum, N} -> N end || _ <- lists:seq(0, 9)]).

member(I, Next, Main) ->
  receive
    0 -> Main ! {last, I};
    Token -> Next ! Token - 1, member(I, Next, Main)
  end.

failures(Count, Count, Sum) -> Sum;
failures(I, Count, Sum) ->
  {_, Ref} = spawn_monitor(fun() -> exit({no_luck, I}) end),
  receive {'DOWN', Ref, process, _, {no_luck, N}} -> failures(I + 1, Count, Sum + N) end.

%% An exit signal runs no `after` part: a process with something to clean up traps it, as gen_server does for terminate.
sleeper_with_cleanup(Parent, Cleaned) ->
  process_flag(trap_exit, true),
  Parent ! asleep,
  receive
    {'EXIT', _, Reason} -> counters:add(Cleaned, 1, 1), exit(Reason)
  after 60000 -> ok
  end.
