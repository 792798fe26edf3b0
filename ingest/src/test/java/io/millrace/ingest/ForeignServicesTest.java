package io.millrace.ingest;

import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.ingest.streams.Limits;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The services that client libraries call beside Kinesis are told to be elsewhere, in words that help. */
@Timeout(60)
class ForeignServicesTest {
    @RegisterExtension
    static final RunningServer SERVER = new RunningServer(Limits.OFF);

    @ParameterizedTest
    @CsvSource({
        "application/x-amz-json-1.0,GraniteServiceVersion20100801.PutMetricData,PutMetricData,MetricsLevel.NONE",
        "application/x-amz-json-1.1,GraniteServiceVersion20100801.PutMetricData,PutMetricData,metricsLevel none",
        "application/x-amz-json-1.0,DynamoDB_20120810.CreateTable,CreateTable,endpointOverride",
        "application/x-amz-json-1.0,DynamoDB_20120810.DescribeTable,DescribeTable,DynamoDB"
    })
    void inJson(String contentType, String target, String operation, String hint) {
        PlainCalls.Answer answer = SERVER.calls()
                .send(
                        "POST",
                        Map.of("Content-Type", contentType, "X-Amz-Target", target),
                        "{}".getBytes(StandardCharsets.UTF_8));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.contentType()).isEqualTo(contentType);
        assertThat(answer.member("__type")).isEqualTo("UnknownOperationException");
        assertThat(answer.member("message")).contains("not served", operation, hint);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Action=PutMetricData&Version=2010-08-01&Namespace=app",
                "Version=2010-08-01&Namespace=app&Action=PutMetricData"
            })
    void inForms(String form) {
        PlainCalls.Answer answer = SERVER.calls()
                .send(
                        "POST",
                        Map.of("Content-Type", "application/x-www-form-urlencoded; charset=utf-8"),
                        form.getBytes(StandardCharsets.UTF_8));
        assertThat(answer.status()).isEqualTo(400);
        assertThat(answer.text())
                .contains(
                        "<ErrorResponse", "<Code>UnknownOperationException</Code>", "not served", "MetricsLevel.NONE");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "/service/GraniteServiceVersion20100801/operation/PutMetricData",
                "/service/DynamoDB_20120810/operation/GetItem"
            })
    void inCbor(String path) throws Exception {
        var request = java.net.http.HttpRequest.newBuilder(java.net.URI.create(SERVER.url("http") + path))
                .header("Content-Type", "application/cbor")
                .header("smithy-protocol", "rpc-v2-cbor")
                .POST(java.net.http.HttpRequest.BodyPublishers.ofByteArray(new byte[] {(byte) 0xa0}))
                .build();
        var response = java.net.http.HttpClient.newHttpClient()
                .send(request, java.net.http.HttpResponse.BodyHandlers.ofByteArray());
        assertThat(response.statusCode()).isEqualTo(400);
        assertThat(response.headers().firstValue("smithy-protocol")).contains("rpc-v2-cbor");
        var members = tools.jackson.dataformat.cbor.CBORMapper.builder().build().readTree(response.body());
        assertThat(members.get("__type").asString()).isEqualTo("UnknownOperationException");
        assertThat(members.get("message").asString()).contains("not served");
    }
}
