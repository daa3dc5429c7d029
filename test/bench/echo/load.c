/* Load generator of the echo benchmark: CONNECTIONS connections, each with one message of SIZE bytes under way, for SECONDS.
     load PORT [CONNECTIONS 50] [SIZE 64] [SECONDS 3]
   Prints messages per second as "bench: N". Every answer is checked for its length. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static char out[65536], in[65536];

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what) {
  perror(what);
  exit(1);
}

static int open_connection(int port) {
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons((unsigned short)port)};
  int one = 1, fd = socket(AF_INET, SOCK_STREAM, 0);
  a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, (struct sockaddr *)&a, sizeof a) != 0)
    die("connect");
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
  return fd;
}

struct connection {
  int fd;
  int missing; /* bytes of the answer that have not come yet */
};

int main(int argc, char **argv) {
  int port = argc > 1 ? atoi(argv[1]) : 0, n = argc > 2 ? atoi(argv[2]) : 50, size = argc > 3 ? atoi(argv[3]) : 64;
  double seconds = argc > 4 ? atof(argv[4]) : 3;
  if (port <= 0 || n <= 0 || size <= 0 || size > (int)sizeof out)
    return 2;
  memset(out, 'x', sizeof out);
  out[size - 1] = '\n';
  struct connection *all = calloc((size_t)n, sizeof *all);
  struct epoll_event events[256];
  int ep = epoll_create1(0);
  for (int i = 0; i < n; ++i) {
    struct epoll_event e = {.events = EPOLLIN, .data.ptr = &all[i]};
    all[i].fd = open_connection(port);
    epoll_ctl(ep, EPOLL_CTL_ADD, all[i].fd, &e);
  }
  long done = 0;
  double start = now(), warm = start + seconds / 5, end = warm + seconds;
  double measured = 0;
  for (int i = 0; i < n; ++i) {
    all[i].missing = size;
    if (write(all[i].fd, out, (size_t)size) != size)
      die("write");
  }
  for (;;) {
    int k = epoll_wait(ep, events, 256, 5000);
    double t = now();
    if (k == 0) {
      fprintf(stderr, "load: no answer for 5 seconds\n");
      return 1;
    }
    if (measured == 0 && t >= warm) {
      measured = t;
      done = 0;
    }
    if (t >= end) {
      printf("bench: %.0f\n", (double)done / (t - measured));
      return 0;
    }
    for (int i = 0; i < k; ++i) {
      struct connection *c = events[i].data.ptr;
      ssize_t got = read(c->fd, in, sizeof in);
      if (got <= 0 || got > c->missing)
        die("read");
      c->missing -= (int)got;
      if (c->missing)
        continue;
      ++done;
      c->missing = size;
      if (write(c->fd, out, (size_t)size) != size)
        die("write");
    }
  }
}
