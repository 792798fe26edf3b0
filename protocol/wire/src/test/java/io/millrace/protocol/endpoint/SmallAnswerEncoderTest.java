package io.millrace.protocol.endpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.protocol.endpoint.SmallAnswerEncoder.SmallAnswer;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.embedded.EmbeddedChannel;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.time.Instant;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What the encoder writes is read by Netty's client. */
class SmallAnswerEncoderTest {
    private final HttpDate date = new HttpDate(InstantSource.fixed(Instant.parse("1994-11-06T08:49:37Z")));
    private final EmbeddedChannel server = new EmbeddedChannel(new SmallAnswerEncoder(date));
    private final HttpClientCodec codec = new HttpClientCodec();
    private final EmbeddedChannel client = new EmbeddedChannel(codec, new HttpObjectAggregator(100_000));

    @ParameterizedTest
    @CsvSource({"0, true", "1, true", "134, false", "4096, true", "4096, false"})
    void anAnswerIsOneBufferThatNettyUnderstands(int length, boolean keepAlive) {
        Map<String, String> headers = new LinkedHashMap<>();
        headers.put("Content-Type", "application/x-amz-json-1.1");
        headers.put("x-amzn-RequestId", "some id");
        ByteBuf body = bytes(length);
        server.writeOutbound(new SmallAnswer(headers, keepAlive, body));

        assertThat(body.refCnt()).isZero();
        assertThat(server.outboundMessages()).hasSize(1);
        ByteBuf written = server.readOutbound();
        assertThat(written.capacity() - written.readableBytes())
                .as("bytes to spare")
                .isLessThan(32);
        FullHttpResponse read = read(written);
        assertThat(read.status()).isEqualTo(HttpResponseStatus.OK);
        assertThat(read.protocolVersion()).isEqualTo(HttpVersion.HTTP_1_1);
        assertThat(read.headers().get("content-type")).isEqualTo("application/x-amz-json-1.1");
        assertThat(read.headers().get("x-amzn-requestid")).isEqualTo("some id");
        assertThat(read.headers().get("date")).isEqualTo("Sun, 06 Nov 1994 08:49:37 GMT");
        assertThat(read.headers().get("content-length")).isEqualTo(Integer.toString(length));
        assertThat(read.headers().get("connection")).isEqualTo(keepAlive ? null : "close");
        assertThat(read.headers()).hasSize(keepAlive ? 4 : 5);
        assertThat(read.content()).isEqualTo(bytes(length));
    }

    @Test
    void otherAnswersGoTheirOwnWayInBetween() {
        server.writeOutbound(new SmallAnswer(Map.of(), true, bytes(3)));
        HttpResponse head = new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.ACCEPTED);
        head.headers().set(HttpHeaderNames.TRANSFER_ENCODING, "chunked");
        server.writeOutbound(head, new DefaultHttpContent(bytes(5000)), LastHttpContent.EMPTY_LAST_CONTENT);
        server.writeOutbound(new SmallAnswer(Map.of(), true, bytes(4)));

        for (ByteBuf buffer = server.readOutbound(); buffer != null; buffer = server.readOutbound()) {
            client.writeInbound(buffer);
        }
        assertThat(client.<FullHttpResponse>readInbound().content()).isEqualTo(bytes(3));
        FullHttpResponse second = client.readInbound();
        assertThat(second.status()).isEqualTo(HttpResponseStatus.ACCEPTED);
        assertThat(second.content()).isEqualTo(bytes(5000));
        assertThat(client.<FullHttpResponse>readInbound().content()).isEqualTo(bytes(4));
    }

    @ParameterizedTest
    @ValueSource(strings = {"a\r\nSet-Cookie: b", "a\nb", "\u0000", "\u0100"})
    void aHeaderCannotEndItsLine(String text) {
        for (Map<String, String> headers : List.of(Map.of("x-name", text), Map.of(text, "value"))) {
            ByteBuf body = bytes(3);
            assertThatThrownBy(() -> server.writeOutbound(new SmallAnswer(headers, true, body)))
                    .hasRootCauseInstanceOf(IllegalArgumentException.class);
            assertThat(body.refCnt()).isZero();
            assertThat(server.<Object>readOutbound()).isNull();
        }
    }

    private FullHttpResponse read(ByteBuf written) {
        client.writeInbound(written);
        return client.readInbound();
    }

    private static ByteBuf bytes(int length) {
        ByteBuf bytes = Unpooled.buffer(length + 1); // one without room could not be released
        for (int i = 0; i < length; i++) {
            bytes.writeByte(i);
        }
        return bytes;
    }
}
