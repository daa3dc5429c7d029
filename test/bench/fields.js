// The peer of `fields.lisp get struct`: nanoseconds for one property of a five-property object.
"use strict";
const rounds = 400, steps = 3200;

function nothing(xs, n, a) {
  let acc = 0, i = 0;
  for (; n !== 0; --n) {
    const o = xs[i];
    if (o === null) return acc;
    acc = (acc + (a + a + a + a + a)) | 0;
    i = i === 63 ? 0 : i + 1;
  }
  return acc;
}

function fields(xs, n, a) {
  let acc = 0, i = 0;
  for (; n !== 0; --n) {
    const o = xs[i];
    acc = (acc + (o.alpha + o.beta + o.gamma + o.delta + o.epsilon)) | 0;
    i = i === 63 ? 0 : i + 1;
  }
  return acc;
}

function fastest(f, xs) {
  let best = 1e9, sum = 0;
  for (let n = 0; n < rounds; ++n) {
    const t0 = process.hrtime.bigint();
    sum = (sum + f(xs, steps, 1)) | 0;
    best = Math.min(best, Number(process.hrtime.bigint() - t0));
  }
  if (sum === 12345) console.log(sum);
  return best / (5 * steps);
}

const xs = [];
for (let i = 0; i < 64; ++i) xs.push({ alpha: i, beta: 2, gamma: 3, delta: 4, epsilon: 5 });
console.log("bench: " + (fastest(fields, xs) - fastest(nothing, xs)));
