package io.millrace.analytics.runtime;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.apache.flink.shaded.netty4.io.netty.buffer.ByteBuf;
import org.apache.flink.shaded.netty4.io.netty.buffer.Unpooled;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelDuplexHandler;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelFutureListener;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerAdapter;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelHandlerContext;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelPipeline;
import org.apache.flink.shaded.netty4.io.netty.channel.ChannelPromise;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.DefaultFullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.FullHttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaderNames;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpHeaders;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpRequest;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponse;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpResponseStatus;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpServerCodec;
import org.apache.flink.shaded.netty4.io.netty.handler.codec.http.HttpVersion;
import org.apache.flink.shaded.netty4.io.netty.util.ReferenceCountUtil;

/**
 * Refuses every request without the secret of this process, with 401 and the end of the connection, before a byte of
 * its body is looked at. Lets no header out that would allow another origin to read an answer. Used by one event loop.
 */
final class DoorKeeper extends ChannelDuplexHandler {
    private static final String REFUSAL = "{\"errors\":[\"Unauthorized: the node is the only way in.\"]}";
    private static final List<CharSequence> CROSS_ORIGIN = List.of(
            HttpHeaderNames.ACCESS_CONTROL_ALLOW_ORIGIN,
            HttpHeaderNames.ACCESS_CONTROL_ALLOW_HEADERS,
            HttpHeaderNames.ACCESS_CONTROL_ALLOW_METHODS,
            HttpHeaderNames.ACCESS_CONTROL_ALLOW_CREDENTIALS,
            HttpHeaderNames.ACCESS_CONTROL_EXPOSE_HEADERS,
            HttpHeaderNames.ACCESS_CONTROL_MAX_AGE);

    private final Door door;
    private boolean refused;

    DoorKeeper(Door door) {
        this.door = door;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
        if (!refused && message instanceof HttpRequest request) {
            HttpHeaders headers = request.headers();
            List<String> given = headers.getAll(HttpHeaderNames.AUTHORIZATION);
            headers.remove(HttpHeaderNames.AUTHORIZATION); // nothing behind this handler needs or logs it
            refused = given.size() != 1 || !door.opensTo(given.get(0));
            if (refused) {
                refuse(context);
            }
        }
        if (refused) {
            ReferenceCountUtil.release(message);
        } else {
            context.fireChannelRead(message);
        }
    }

    private static void refuse(ChannelHandlerContext context) {
        ByteBuf body = Unpooled.copiedBuffer(REFUSAL, StandardCharsets.UTF_8);
        FullHttpResponse answer =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.UNAUTHORIZED, body);
        answer.headers()
                .set(HttpHeaderNames.CONTENT_TYPE, "application/json")
                .set(HttpHeaderNames.CONTENT_LENGTH, body.readableBytes())
                .set(HttpHeaderNames.CONNECTION, "close");
        context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE);
    }

    @Override
    public void write(ChannelHandlerContext context, Object message, ChannelPromise promise) {
        if (message instanceof HttpResponse response) {
            CROSS_ORIGIN.forEach(response.headers()::remove);
        }
        context.write(message, promise);
    }

    /**
     * Flink adds handlers of others behind those that store uploads and collect bodies. This one puts the keeper right
     * behind the decoder of HTTP and goes.
     */
    static final class Installer extends ChannelHandlerAdapter {
        private final Door door;

        Installer(Door door) {
            this.door = door;
        }

        @Override
        public void handlerAdded(ChannelHandlerContext context) {
            ChannelPipeline pipeline = context.pipeline();
            ChannelHandlerContext codec = pipeline.context(HttpServerCodec.class);
            if (codec == null) {
                throw new IllegalStateException("no decoder of HTTP in " + pipeline.names());
            }
            pipeline.addAfter(codec.name(), "door-keeper", new DoorKeeper(door));
            pipeline.remove(this);
        }
    }
}
