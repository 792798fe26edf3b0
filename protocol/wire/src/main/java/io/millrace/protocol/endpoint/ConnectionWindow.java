package io.millrace.protocol.endpoint;

import io.netty.channel.ChannelHandlerAdapter;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.codec.http2.Http2Exception;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.codec.http2.Http2LocalFlowController;

/**
 * Widens the HTTP/2 connection window once, before the first frame. The protocol's default of 64 KiB is shared by all
 * streams of a connection and would make each PutRecords of half a mebibyte wait for several round trips.
 */
final class ConnectionWindow extends ChannelHandlerAdapter {
    private final int windowBytes;

    ConnectionWindow(int windowBytes) {
        this.windowBytes = windowBytes;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) throws Http2Exception {
        Http2FrameCodec codec = context.pipeline().get(Http2FrameCodec.class);
        Http2Connection connection = codec.connection();
        Http2LocalFlowController flow = connection.local().flowController();
        flow.incrementWindowSize(
                connection.connectionStream(), windowBytes - flow.windowSize(connection.connectionStream()));
        context.pipeline().remove(this);
    }
}
