package io.millrace.protocol.endpoint;

import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.handler.codec.http2.Http2Connection;
import io.netty.handler.timeout.IdleStateEvent;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The last handler of an HTTP/2 connection: closes it when it is idle and has no stream open, or has sent more than
 * there is memory for, and takes what broke it, which the codec has answered. Confined to the connection's event loop.
 */
final class Http2ConnectionEnd extends ChannelInboundHandlerAdapter {
    private static final Logger LOG = LoggerFactory.getLogger(Http2ConnectionEnd.class);

    private final Http2Connection connection;
    private final UnreadData unread;

    Http2ConnectionEnd(Http2Connection connection, UnreadData unread) {
        this.connection = connection;
        this.unread = unread;
    }

    @Override
    public void handlerAdded(ChannelHandlerContext context) {
        unread.add(connection);
    }

    @Override
    public void handlerRemoved(ChannelHandlerContext context) {
        unread.remove(connection);
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext context) {
        if (unread.isTooMuch(connection)) {
            LOG.debug("connection {}: closed, since its bodies are more than there is memory for", context.channel());
            context.pipeline().firstContext().close(); // the codec would wait for the streams, which do not end
        }
        context.fireChannelReadComplete();
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext context, Object event) {
        if (!(event instanceof IdleStateEvent)) {
            context.fireUserEventTriggered(event);
        } else if (connection.numActiveStreams() == 0) {
            context.close();
        }
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
        LOG.debug("connection {} failed", context.channel().remoteAddress(), cause);
    }
}
