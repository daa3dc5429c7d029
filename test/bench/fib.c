/* fib(35) in C, the peer of fib.lisp. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

__attribute__((noinline)) static long fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }

int main(int argc, char **argv) {
  struct timespec a, b;
  long n = argc > 1 ? atol(argv[1]) : 35;
  volatile long warm = fib(20);
  (void)warm;
  clock_gettime(CLOCK_MONOTONIC, &a);
  volatile long r = fib(n);
  clock_gettime(CLOCK_MONOTONIC, &b);
  if (r != 9227465)
    return 1;
  printf("bench: %f\n", (b.tv_sec - a.tv_sec) * 1e3 + (b.tv_nsec - a.tv_nsec) * 1e-6);
  return 0;
}
