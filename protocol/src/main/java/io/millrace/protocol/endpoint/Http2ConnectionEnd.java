package io.millrace.protocol.endpoint;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2FrameCodec;
import io.netty.handler.timeout.IdleStateEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last handler of an HTTP/2 connection: closes it when it is idle and has no stream open, and takes what broke it, which
 * the codec has answered. Confined to the connection's event loop.
 */
final class Http2ConnectionEnd extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Http2ConnectionEnd.class);

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (event instanceof IdleStateEvent) {
            Http2FrameCodec codec = context.pipeline().get(Http2FrameCodec.class);
            if (codec != null && codec.connection().numActiveStreams() == 0) {
                context.close();
            }
        } else {
            context.fireUserEventTriggered(event);
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("connection {} failed", context.channel().remoteAddress(), cause);
    }
}
