// Loaded into every Node of a synth that is being proven: whoever reaches for the network fails, with the reason.
// Pipes and Unix sockets stay, because that is how jsii talks to Python.
"use strict";
const net = require("node:net");
const dns = require("node:dns");
const dgram = require("node:dgram");

function refuse(what) {
  throw new Error(`${what} at synth: a synth may not use the network`);
}

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const options = Array.isArray(args[0]) ? args[0][0] : args[0];
  if (typeof options === "string" || (options && options.path)) return connect.apply(this, args);
  return refuse(`A connection to ${(options && options.host) || "localhost"}`);
};
for (const module of [dns, dns.promises]) module.lookup = (host) => refuse(`A look-up of ${host}`);
dgram.createSocket = () => refuse("A datagram socket");
