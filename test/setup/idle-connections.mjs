import http from 'node:http';
import net from 'node:net';

/** Node's default, in milliseconds. */
const DEFAULT_KEEP_ALIVE = 5_000;

/**
 * Servers of specs leave it to the clients to close idle connections. By default a server does so after five seconds, also in
 * the moment in which its client sends the next request: that fails, with ECONNRESET. A spec on a busy machine may pause for
 * so long.
 */
http.Server.prototype.listen = function listen(...args) {
  if (this.keepAliveTimeout === DEFAULT_KEEP_ALIVE) this.keepAliveTimeout = 0;
  return net.Server.prototype.listen.apply(this, args);
};
