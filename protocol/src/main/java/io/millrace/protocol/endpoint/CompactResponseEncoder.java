package io.millrace.protocol.endpoint;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.HttpResponseEncoder;
import java.util.List;

/**
 * Netty's encoder, which copies small bodies behind their head: one buffer is written with less work than two.
 *
 * <p>Netty does so up to 128 bytes, and the answer to a PutRecord is a little longer. Confined to the connection's event
 * loop.
 */
final class CompactResponseEncoder extends HttpResponseEncoder {
    private static final int MOST_COPIED_BYTES = 2048;

    @Override
    protected void encode(ChannelHandlerContext context, Object message, List<Object> out) throws Exception {
        super.encode(context, message, out);
        if (out.size() == 2
                && out.get(0) instanceof ByteBuf head
                && out.get(1) instanceof ByteBuf body
                && body.readableBytes() <= MOST_COPIED_BYTES
                && !head.isReadOnly()) {
            head.writeBytes(body);
            body.release();
            out.remove(1);
        }
    }
}
