// The same programs as ../*.lisp for Node: peers.js NAME [ARGS].
"use strict";
const { readFileSync } = require("fs");

function check(ok, what) {
  if (ok) return;
  console.error("wrong: " + what);
  process.exit(1);
}
// Nanoseconds by the clock, or of processor time (see ../_clock.lisp).
const processorTime = () => {
  const { user, system } = process.cpuUsage();
  return 1000 * (user + system);
};
const now = process.env.EVJIT_BENCH_CLOCK === "cpu" ? processorTime : () => 1e6 * performance.now();
const each = (start, count) => (now() - start) / count;
const sumTo = (count) => (count * (count - 1)) / 2;
const residentBytes = () => 4096 * Number(readFileSync("/proc/self/statm", "ascii").split(" ")[1]);

async function switches() {
  const rounds = 1000000;
  const spin = async () => {
    let i = 0;
    for (; i < rounds; ++i) await null;
    return i;
  };
  const start = now();
  const counts = await Promise.all([spin(), spin()]);
  const ns = each(start, 2 * rounds);
  check(counts[0] === rounds && counts[1] === rounds, "both yielded to the end");
  return ns;
}

function resume() {
  const rounds = 2000000;
  const gen = (function* () {
    for (let n = 1; ; ++n) yield n;
  })();
  let sum = 0;
  const start = now();
  for (let i = 0; i < rounds; ++i) sum += gen.next().value;
  const ns = each(start, rounds);
  check(sum === sumTo(rounds + 1), "sum of what was yielded");
  return ns;
}

async function spawn(how) {
  const count = 1000000, child = async (n) => n;
  let sum = 0;
  const start = now();
  if (how === "each") {
    for (let i = 0; i < count; ++i) sum += await child(i);
  } else {
    const children = [];
    for (let i = 0; i < count; ++i) children.push(child(i));
    for (const c of children) sum += await c;
  }
  const ns = each(start, count);
  check(sum === sumTo(count), "sum of the results");
  return ns;
}

async function parked(howMany, how) {
  const count = Number(howMany);
  let started = 0;
  const never = new Promise(() => {});
  const wait = how === "sleep" ? () => new Promise((r) => setTimeout(r, 3600000)) : () => never;
  const park = async () => {
    ++started;
    await wait();
  };
  const before = residentBytes();
  for (let i = 0; i < count; ++i) park();
  check(started === count, "all have started");
  return (residentBytes() - before) / count;
}

async function sleepers() {
  const count = 1000000, late = new Uint32Array(60000);
  let seed = 1;
  const sleeper = async (delay) => {
    const due = performance.now() + delay;
    await new Promise((r) => setTimeout(r, delay));
    ++late[Math.max(0, Math.floor(performance.now() - due))]; // Node's timers count whole milliseconds and may be early by less than one
  };
  const all = [];
  for (let i = 0; i < count; ++i) {
    seed = (Math.imul(seed, 1103515245) + 12345) & 0x7fffffff;
    all.push(sleeper((1000 * seed) / 2147483648));
  }
  await Promise.all(all);
  let ms = 0;
  for (let seen = late[0]; seen < 0.99 * count; seen += late[ms]) ++ms;
  return ms;
}

async function tree(number, size) {
  if (size === 1) return number;
  const part = size / 10, children = [];
  for (let i = 0; i < 10; ++i) children.push(tree(number + i * part, part));
  let sum = 0;
  for (const c of children) sum += await c;
  return sum;
}

async function skynet() {
  const leaves = 1000000, start = now(), sum = await tree(0, leaves), ns = each(start, leaves);
  check(sum === 499999500000, "sum of the leaves");
  return ns;
}

async function fail(how) {
  const count = 300000;
  const ways = {
    error: async (n) => {
      throw Object.assign(new Error("no luck"), { n }); // with the stack, as evjit's errors have it
    },
    value: async (n) => {
      throw { n };
    },
  };
  const failing = ways[how];
  let sum = 0;
  const start = now();
  for (let i = 0; i < count; ++i) {
    try {
      await failing(i);
    } catch (e) {
      sum += e.n;
    }
  }
  const ns = each(start, count);
  check(sum === sumTo(count), "sum of the errors");
  return ns;
}

const [name, ...args] = process.argv.slice(2);
Promise.resolve({ switch: switches, resume, spawn, parked, sleepers, skynet, fail }[name](...args)).then((n) => {
  console.log("bench: " + n);
  process.exit(0);
});
