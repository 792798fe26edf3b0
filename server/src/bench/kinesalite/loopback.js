// kinesalite listens on all interfaces and has no option for it; loaded with `node -r`, this keeps it on loopback.
const net = require('net')
const listen = net.Server.prototype.listen

net.Server.prototype.listen = function (port, ...rest) {
  return listen.call(this, { port: Number(port), host: '127.0.0.1' }, ...rest.filter((arg) => typeof arg === 'function'))
}
