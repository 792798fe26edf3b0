package io.millrace.analytics.connector.sink;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.analytics.connector.client.StreamRef;
import io.millrace.analytics.connector.failure.FinalFailureException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.awscore.exception.AwsErrorDetails;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.core.exception.SdkClientException;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryRequest;
import software.amazon.awssdk.services.kinesis.model.DescribeStreamSummaryResponse;
import software.amazon.awssdk.services.kinesis.model.KinesisException;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequest;
import software.amazon.awssdk.services.kinesis.model.PutRecordsRequestEntry;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResponse;
import software.amazon.awssdk.services.kinesis.model.PutRecordsResultEntry;
import software.amazon.awssdk.services.kinesis.model.ResourceNotFoundException;

/** Batches against an endpoint that refuses records by their key. */
class BatchPutTest {
    private final Endpoint endpoint = new Endpoint();
    private final List<Integer> pauses = new ArrayList<>();

    /** Takes records in order, except those that it was told to refuse. */
    private static final class Endpoint implements KinesisClient {
        final List<String> taken = new ArrayList<>();
        final Map<String, Deque<String>> refusals = new HashMap<>();
        final Deque<RuntimeException> faults = new ArrayDeque<>();
        String poison = "";
        boolean exists = true;
        int calls;

        @Override
        public PutRecordsResponse putRecords(PutRecordsRequest request) {
            calls++;
            if (!faults.isEmpty()) {
                throw faults.remove();
            }
            if (request.records().stream()
                    .anyMatch(entry -> entry.partitionKey().equals(poison))) {
                throw error("InvalidArgumentException", 400);
            }
            return PutRecordsResponse.builder()
                    .records(request.records().stream().map(this::result).toList())
                    .build();
        }

        private PutRecordsResultEntry result(PutRecordsRequestEntry entry) {
            Deque<String> codes = refusals.getOrDefault(entry.partitionKey(), new ArrayDeque<>());
            if (!codes.isEmpty()) {
                return PutRecordsResultEntry.builder()
                        .errorCode(codes.remove())
                        .errorMessage("the reason")
                        .build();
            }
            taken.add(entry.partitionKey());
            return PutRecordsResultEntry.builder().sequenceNumber("1").build();
        }

        @Override
        public DescribeStreamSummaryResponse describeStreamSummary(DescribeStreamSummaryRequest request) {
            if (!exists) {
                throw ResourceNotFoundException.builder().message("no").build();
            }
            return DescribeStreamSummaryResponse.builder()
                    .streamDescriptionSummary(summary -> summary.streamStatus("CREATING"))
                    .build();
        }

        @Override
        public String serviceName() {
            return "kinesis";
        }

        @Override
        public void close() {}
    }

    private static RuntimeException error(String code, int status) {
        return KinesisException.builder()
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode(code)
                        .errorMessage("the reason")
                        .build())
                .statusCode(status)
                .build();
    }

    private List<String> put(boolean failOnError, String... keys) throws InterruptedException {
        return new BatchPut(endpoint, new StreamRef("orders"), failOnError, pauses::add)
                        .put(Stream.of(keys)
                                .map(key -> PutRecordsRequestEntry.builder()
                                        .partitionKey(key)
                                        .data(SdkBytes.fromUtf8String("data"))
                                        .build())
                                .toList())
                        .stream()
                        .map(PutRecordsRequestEntry::partitionKey)
                        .toList();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "ProvisionedThroughputExceededException",
                "InternalFailure",
                "ServiceUnavailable",
                "RequestTimeout",
                "KMSThrottlingException"
            })
    void anEntryThatIsRefusedForNowIsSentAgainAfterGrowingPauses(String code) throws Exception {
        endpoint.refusals.put("b", new ArrayDeque<>(List.of(code, code)));

        assertThat(put(false, "a", "b", "c")).isEmpty();
        assertThat(endpoint.taken).containsExactly("a", "c", "b");
        assertThat(pauses).containsExactly(1, 2);
    }

    @Test
    void whatIsRefusedForLongIsGivenBackSoThatACheckpointCanHoldIt() throws Exception {
        endpoint.refusals.put("b", new ArrayDeque<>(Collections.nCopies(6, "InternalFailure")));

        assertThat(put(false, "a", "b", "c")).containsExactly("b");
        assertThat(pauses).containsExactly(1, 2, 3, 4, 5);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {"AccessDeniedException", "KMSDisabledException", "InvalidArgumentException", "SomethingNew"})
    void anEntryThatIsRefusedForGoodIsToldAfterThoseBeforeItWerePut(String code) {
        endpoint.refusals.put("a", new ArrayDeque<>(List.of("InternalFailure")));
        endpoint.refusals.put("b", new ArrayDeque<>(List.of(code)));

        assertThatThrownBy(() -> put(false, "a", "b", "c"))
                .isInstanceOf(FinalFailureException.class)
                .hasMessage("stream 'orders': the record with partition key 'b', 4 bytes of data is refused: " + code
                        + ": the reason");
        assertThat(endpoint.taken).containsExactly("c", "a");
    }

    @Test
    void theEntryForWhichAWholeRequestIsRefusedIsFound() {
        endpoint.poison = "d";

        assertThatThrownBy(() -> put(false, "a", "b", "c", "d", "e"))
                .isInstanceOf(FinalFailureException.class)
                .hasMessage("stream 'orders': the record with partition key 'd', 4 bytes of data is refused:"
                        + " InvalidArgumentException: the reason");
        assertThat(endpoint.taken).containsExactly("a", "b", "c");
    }

    @ParameterizedTest
    @CsvSource({
        "AccessDeniedException, 400",
        "UnrecognizedClientException, 400",
        "InvalidSignatureException, 403",
        "KMSAccessDeniedException, 400"
    })
    void noAccessIsFinal(String code, int status) {
        endpoint.faults.add(error(code, status));

        assertThatThrownBy(() -> put(false, "a", "b"))
                .isInstanceOf(FinalFailureException.class)
                .hasMessage("stream 'orders': " + code + ": the reason");
        assertThat(endpoint.calls).isEqualTo(1);
    }

    @Test
    void aCallThatMayPassIsMadeAgain() throws Exception {
        endpoint.faults.add(SdkClientException.create("connection refused"));
        endpoint.faults.add(error("InternalFailure", 500));
        endpoint.faults.add(error("ThrottlingException", 400));
        endpoint.faults.add(error("ExpiredTokenException", 400));

        assertThat(put(false, "a")).isEmpty();
        assertThat(pauses).containsExactly(1, 2, 3, 4);
    }

    @Test
    void aStreamInTheMakingIsWaitedForAndAMissingOneIsFinal() throws Exception {
        RuntimeException notFound = ResourceNotFoundException.builder()
                .awsErrorDetails(AwsErrorDetails.builder()
                        .errorCode("ResourceNotFoundException")
                        .errorMessage("the reason")
                        .build())
                .statusCode(400)
                .build();
        endpoint.faults.add(notFound);
        assertThat(put(false, "a")).isEmpty();
        assertThat(endpoint.taken).containsExactly("a");

        endpoint.faults.add(notFound);
        endpoint.exists = false;
        assertThatThrownBy(() -> put(false, "b"))
                .isInstanceOf(FinalFailureException.class)
                .hasMessage("stream 'orders': does not exist (ResourceNotFoundException: the reason)");
    }

    @Test
    void missingCredentialsAreFinal() {
        endpoint.faults.add(
                SdkClientException.create("Unable to load credentials from any of the providers in the chain"));

        assertThatThrownBy(() -> put(false, "a")).isInstanceOf(FinalFailureException.class);
    }

    @Test
    void aTaskThatIsToFailOnAnyErrorFailsAtTheFirstAndMayRestart() {
        endpoint.refusals.put("b", new ArrayDeque<>(List.of("ProvisionedThroughputExceededException")));

        assertThatThrownBy(() -> put(true, "a", "b"))
                .isInstanceOf(PassingFailureException.class)
                .hasMessageContaining("partition key 'b'")
                .hasMessageContaining("ProvisionedThroughputExceededException: the reason");
        assertThat(pauses).isEmpty();
    }
}
