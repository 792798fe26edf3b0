package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseEncoder;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class CompactResponseEncoderTest {
    private final EmbeddedChannel ours = new EmbeddedChannel(new CompactResponseEncoder());
    private final EmbeddedChannel netty = new EmbeddedChannel(new HttpResponseEncoder());

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 128, 134, 2048})
    void aSmallBodyGoesOutInOneBufferWithItsHead(int length) {
        ours.writeOutbound(answer(length), answer(length)); // the second with the size of the first known
        netty.writeOutbound(answer(length), answer(length));
        assertThat(ours.outboundMessages()).hasSize(2);
        assertThat(text(written(ours))).isEqualTo(text(written(netty)));
    }

    @Test
    void aLargeBodyIsNotCopied() {
        FullHttpResponse answer = answer(2049);
        ours.writeOutbound(answer);
        List<ByteBuf> written = written(ours);
        assertThat(written).hasSize(2);
        assertThat(written.get(1).hasMemoryAddress() || written.get(1).hasArray())
                .isTrue();
        assertThat(written.get(1).array()).isSameAs(answer.content().array());
    }

    @Test
    void aBodyThatWasCopiedIsLetGo() {
        FullHttpResponse answer = answer(500);
        ByteBuf body = answer.content();
        ours.writeOutbound(answer);
        assertThat(body.refCnt()).isZero();
        assertThat(text(written(ours))).contains("content-length: 500");
    }

    @Test
    void chunksAreWrittenAsNettyDoes() {
        for (EmbeddedChannel channel : List.of(ours, netty)) {
            HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK);
            head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
            channel.writeOutbound(
                    head,
                    new DefaultHttpContent(bytes(10)),
                    new DefaultHttpContent(bytes(5000)),
                    LastHttpContent.EMPTY_LAST_CONTENT,
                    answer(200));
        }
        assertThat(text(written(ours))).isEqualTo(text(written(netty)));
    }

    private static FullHttpResponse answer(int length) {
        FullHttpResponse answer =
                new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.OK, bytes(length));
        answer.headers().set(HttpHeaderNames.CONTENT_LENGTH, length);
        return answer;
    }

    private static ByteBuf bytes(int length) {
        byte[] bytes = new byte[length];
        for (int i = 0; i < length; i++) {
            bytes[i] = (byte) ('a' + i % 26);
        }
        return Unpooled.wrappedBuffer(bytes);
    }

    private static List<ByteBuf> written(EmbeddedChannel channel) {
        List<ByteBuf> buffers = new ArrayList<>();
        for (ByteBuf buffer = channel.readOutbound(); buffer != null; buffer = channel.readOutbound()) {
            buffers.add(buffer);
        }
        return buffers;
    }

    private static String text(List<ByteBuf> buffers) {
        StringBuilder text = new StringBuilder();
        buffers.forEach(buffer -> text.append(buffer.toString(StandardCharsets.US_ASCII)));
        return text.toString();
    }
}
