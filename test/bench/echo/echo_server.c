/* The peer of the echo benchmark: a plain libuv echo server. Reads into one buffer, answers with uv_try_write, and with a queued write
   only if the socket is full. Prints "listening on 127.0.0.1:PORT". */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <uv.h>

static char buffer[65536];

static void on_close(uv_handle_t *h) { free(h); }

static void on_written(uv_write_t *req, int status) {
  (void)status;
  free(req->data);
  free(req);
}

static void on_alloc(uv_handle_t *h, size_t size, uv_buf_t *buf) {
  (void)h;
  (void)size;
  *buf = uv_buf_init(buffer, sizeof buffer);
}

static void write_rest(uv_stream_t *s, const char *data, size_t n) {
  uv_write_t *req = malloc(sizeof *req);
  uv_buf_t buf = uv_buf_init(malloc(n), (unsigned)n);
  memcpy(buf.base, data, n);
  req->data = buf.base;
  uv_write(req, s, &buf, 1, on_written);
}

static void on_read(uv_stream_t *s, ssize_t n, const uv_buf_t *buf) {
  if (n < 0) {
    uv_close((uv_handle_t *)s, on_close);
    return;
  }
  uv_buf_t out = uv_buf_init(buf->base, (unsigned)n);
  int k = uv_try_write(s, &out, 1);
  if (k < 0)
    k = 0;
  if (k < n)
    write_rest(s, buf->base + k, (size_t)(n - k));
}

static void on_connection(uv_stream_t *listener, int status) {
  uv_tcp_t *c = malloc(sizeof *c);
  if (status < 0)
    exit(1);
  uv_tcp_init(listener->loop, c);
  if (uv_accept(listener, (uv_stream_t *)c) == 0) {
    uv_tcp_nodelay(c, 1);
    uv_read_start((uv_stream_t *)c, on_alloc, on_read);
  } else {
    uv_close((uv_handle_t *)c, on_close);
  }
}

int main(void) {
  uv_tcp_t listener;
  struct sockaddr_in addr;
  int size = sizeof addr;
  uv_tcp_init(uv_default_loop(), &listener);
  uv_ip4_addr("127.0.0.1", 0, &addr);
  if (uv_tcp_bind(&listener, (struct sockaddr *)&addr, 0) || uv_listen((uv_stream_t *)&listener, 128, on_connection))
    return 1;
  uv_tcp_getsockname(&listener, (struct sockaddr *)&addr, &size);
  printf("listening on 127.0.0.1:%d\n", ntohs(addr.sin_port));
  fflush(stdout);
  return uv_run(uv_default_loop(), UV_RUN_DEFAULT);
}
