/**
 * A client that makes much traffic out of little CPU, since it shares the machine with the node that it measures.
 *
 * <p>Start reading at {@link io.millrace.server.bench.client.LoadClient}: requests are made before the clock starts,
 * one thread serves all connections, and of an answer only what tells success is looked at. {@link
 * io.millrace.server.bench.client.Subscriptions} is the other direction, pushed events over HTTP/2. Knows Kinesis' wire
 * formats, and nothing of processes, disks or reports.
 */
@NullMarked
package io.millrace.server.bench.client;

import org.jspecify.annotations.NullMarked;
