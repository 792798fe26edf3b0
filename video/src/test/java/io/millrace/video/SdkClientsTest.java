package io.millrace.video;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.millrace.video.mkv.FragmentListener;
import io.millrace.video.mkv.MkvFragment;
import io.millrace.video.mkv.MkvParser;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideo.model.APIName;
import software.amazon.awssdk.services.kinesisvideo.model.ComparisonOperator;
import software.amazon.awssdk.services.kinesisvideo.model.KinesisVideoException;
import software.amazon.awssdk.services.kinesisvideo.model.ResourceInUseException;
import software.amazon.awssdk.services.kinesisvideo.model.ResourceNotFoundException;
import software.amazon.awssdk.services.kinesisvideo.model.Status;
import software.amazon.awssdk.services.kinesisvideo.model.StreamInfo;
import software.amazon.awssdk.services.kinesisvideo.model.VersionMismatchException;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.Fragment;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.FragmentSelectorType;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.ListFragmentsResponse;
import software.amazon.awssdk.services.kinesisvideomedia.model.StartSelectorType;

/** The unmodified Java SDKs: version 2 for everything but PutMedia, version 1 for PutMedia. */
@Timeout(30)
class SdkClientsTest {
    private static final byte[] SAMPLE = Clients.sample();

    @TempDir
    static Path directory;

    private static VideoServer server;
    private static Clients clients;

    @BeforeAll
    static void start() {
        server = VideoServer.start(directory);
        clients = new Clients(server.uri());
    }

    @AfterAll
    static void stop() {
        clients.close();
        server.close();
    }

    @Test
    void streamsAreCreatedDescribedListedAndDeleted() {
        KinesisVideoClient control = clients.control();
        String name = "control-" + UUID.randomUUID();
        String arn = control.createStream(r -> r.streamName(name)
                        .deviceName("door")
                        .mediaType("video/h264")
                        .dataRetentionInHours(24)
                        .tags(Map.of("place", "attic")))
                .streamARN();
        StreamInfo info = control.describeStream(r -> r.streamARN(arn)).streamInfo();

        assertThat(info.streamName()).isEqualTo(name);
        assertThat(info.status()).isEqualTo(Status.ACTIVE);
        assertThat(info.dataRetentionInHours()).isEqualTo(24);
        assertThat(info.mediaType()).isEqualTo("video/h264");
        assertThat(arn)
                .isEqualTo("arn:aws:kinesisvideo:eu-west-1:000000000000:stream/%s/%d"
                        .formatted(name, info.creationTime().toEpochMilli()));
        assertThat(control.listStreams(
                                r -> r.streamNameCondition(c -> c.comparisonOperator(ComparisonOperator.BEGINS_WITH)
                                        .comparisonValue("control-")))
                        .streamInfoList())
                .containsExactly(info);
        assertThatThrownBy(() -> control.createStream(r -> r.streamName(name)))
                .isInstanceOf(ResourceInUseException.class);
        assertThatThrownBy(() -> control.createStream(r -> r.streamName("no spaces")))
                .isInstanceOfSatisfying(
                        KinesisVideoException.class,
                        e -> assertThat(e.statusCode()).isEqualTo(400));
        assertThatThrownBy(() -> control.deleteStream(r -> r.streamARN(arn).currentVersion("other")))
                .isInstanceOf(VersionMismatchException.class);
        assertThat(control.getDataEndpoint(r -> r.streamName(name).apiName(APIName.PUT_MEDIA))
                        .dataEndpoint())
                .isEqualTo(server.uri().toString());

        control.deleteStream(r -> r.streamARN(arn).currentVersion(info.version()));
        assertThatThrownBy(() -> control.describeStream(r -> r.streamName(name)))
                .isInstanceOfSatisfying(
                        ResourceNotFoundException.class,
                        e -> assertThat(e.statusCode()).isEqualTo(404));
    }

    @Test
    void streamsOfOtherAccountsAreOutOfReach() throws Exception {
        String other = "arn:aws:kinesisvideo:eu-west-1:111111111111:stream/door/1700000000000";
        assertThatThrownBy(() -> clients.control().describeStream(r -> r.streamARN(other)))
                .isInstanceOfSatisfying(KinesisVideoException.class, e -> {
                    assertThat(e.statusCode()).isEqualTo(403);
                    assertThat(e.awsErrorDetails().errorCode()).isEqualTo("AccessDeniedException");
                    assertThat(e.awsErrorDetails().errorMessage())
                            .startsWith("User: arn:aws:iam::000000000000:root is not authorized to perform:"
                                    + " kinesisvideo:DescribeStream on resource: " + other);
                });
        assertThatThrownBy(() -> clients.control().deleteStream(r -> r.streamARN(other)))
                .hasMessageContaining("kinesisvideo:DeleteStream");
        assertThatThrownBy(() -> clients.archived().listFragments(r -> r.streamARN(other)))
                .hasMessageContaining("kinesisvideo:ListFragments");
        for (String path : List.of("getMedia", "putMedia")) {
            HttpResponse<String> refused = HttpClient.newHttpClient()
                    .send(
                            HttpRequest.newBuilder(server.uri().resolve("/" + path))
                                    .header("x-amzn-stream-arn", other)
                                    .POST(HttpRequest.BodyPublishers.ofString(
                                            "{\"StreamARN\":\"%s\",\"StartSelector\":{\"StartSelectorType\":\"NOW\"}}"
                                                    .formatted(other)))
                                    .build(),
                            HttpResponse.BodyHandlers.ofString());
            assertThat(refused.statusCode()).isEqualTo(403);
        }
    }

    @Test
    void aSelectorWithoutItsTimesIsRefused() {
        assertThatThrownBy(() -> clients.archived()
                        .listFragments(r -> r.streamName("door")
                                .fragmentSelector(f -> f.fragmentSelectorType(FragmentSelectorType.SERVER_TIMESTAMP))))
                .hasMessageContaining("fragmentSelector.timestampRange");
    }

    @Test
    void pagesOfStreamsFollowOneAnother() {
        KinesisVideoClient control = clients.control();
        for (int i = 0; i < 5; i++) {
            String name = "page-" + i;
            control.createStream(r -> r.streamName(name));
        }
        List<String> names = control
                .listStreamsPaginator(r -> r.maxResults(2)
                        .streamNameCondition(c -> c.comparisonOperator(ComparisonOperator.BEGINS_WITH)
                                .comparisonValue("page-")))
                .streamInfoList()
                .stream()
                .map(StreamInfo::streamName)
                .toList();
        assertThat(names).containsExactly("page-0", "page-1", "page-2", "page-3", "page-4");
    }

    @Test
    void whatTheVersion1ProducerPutsIsListedAndPlayedBackByteForByte() throws Exception {
        String stream = clients.createStream(24);
        Instant start = Instant.parse("2026-05-01T10:00:00.123Z");
        List<Ack> acks = clients.putMedia(stream, SAMPLE, start);

        assertThat(acks).filteredOn("type", "BUFFERING").hasSize(10);
        assertThat(acks).filteredOn("type", "RECEIVED").hasSize(10);
        assertThat(acks).filteredOn("type", "PERSISTED").hasSize(10);
        assertThat(acks).hasSize(30);
        List<String> numbers = acks.stream()
                .filter(ack -> ack.type().equals("PERSISTED"))
                .map(Ack::number)
                .toList();
        assertThat(numbers).isSorted().allMatch(number -> number.matches("\\d{47}"));

        List<Fragment> listed =
                clients.archived().listFragments(r -> r.streamName(stream)).fragments();
        assertThat(listed).extracting(Fragment::fragmentNumber).isEqualTo(numbers);
        assertThat(listed.get(3).producerTimestamp()).isEqualTo(start.plusMillis(3000));
        assertThat(listed).extracting(Fragment::fragmentLengthInMilliseconds).allMatch(ms -> ms >= 999 && ms <= 1001);

        List<Chunk> chunks = clients.getMedia(stream, s -> s.startSelectorType(StartSelectorType.EARLIEST), 10);
        assertThat(chunks).extracting(Chunk::number).isEqualTo(numbers);
        assertThat(Clients.join(chunks)).isEqualTo(Arrays.copyOfRange(SAMPLE, 438, SAMPLE.length));
        assertThat(chunks).allSatisfy(chunk -> assertThat(chunk.head()).isEqualTo(Arrays.copyOf(SAMPLE, 438)));
        assertThat(chunks.get(9).tags())
                .containsEntry("AWS_KINESISVIDEO_MILLIS_BEHIND_NOW", "0")
                .containsEntry("AWS_KINESISVIDEO_CONTINUATION_TOKEN", numbers.get(9))
                .containsEntry("AWS_KINESISVIDEO_PRODUCER_TIMESTAMP", "1777629609.123");
    }

    @Test
    void playbackStartsExactlyWhereTheSelectorSays() throws Exception {
        String stream = clients.createStream(24);
        Instant start = Instant.parse("2026-05-01T10:00:00Z");
        clients.putMedia(stream, SAMPLE, start);
        List<String> numbers = clients.archived().listFragments(r -> r.streamName(stream)).fragments().stream()
                .map(Fragment::fragmentNumber)
                .toList();

        assertThat(clients.getMedia(stream, s -> s.startSelectorType(StartSelectorType.NOW), 1))
                .extracting(Chunk::number)
                .containsExactly(numbers.get(9));
        assertThat(clients.getMedia(
                        stream,
                        s -> s.startSelectorType(StartSelectorType.FRAGMENT_NUMBER)
                                .afterFragmentNumber(numbers.get(6)),
                        3))
                .extracting(Chunk::number)
                .isEqualTo(numbers.subList(7, 10));
        assertThat(clients.getMedia(
                        stream,
                        s -> s.startSelectorType(StartSelectorType.CONTINUATION_TOKEN)
                                .continuationToken(numbers.get(7)),
                        2))
                .extracting(Chunk::number)
                .isEqualTo(numbers.subList(8, 10));
        assertThat(clients.getMedia(
                        stream,
                        s -> s.startSelectorType(StartSelectorType.PRODUCER_TIMESTAMP)
                                .startTimestamp(start.plusMillis(4500)),
                        1))
                .extracting(Chunk::number)
                .containsExactly(numbers.get(4));
        assertThat(clients.getMedia(
                        stream,
                        s -> s.startSelectorType(StartSelectorType.SERVER_TIMESTAMP)
                                .startTimestamp(Instant.EPOCH),
                        1))
                .extracting(Chunk::number)
                .containsExactly(numbers.get(0));
    }

    @Test
    void listsAreCutIntoPagesAndBoundByTime() {
        String stream = clients.createStream(24);
        Instant start = Instant.parse("2026-05-01T10:00:00Z");
        clients.putMedia(stream, SAMPLE, start);
        ListFragmentsResponse first = clients.archived()
                .listFragments(r -> r.streamName(stream)
                        .maxResults(4L)
                        .fragmentSelector(s -> s.fragmentSelectorType(FragmentSelectorType.PRODUCER_TIMESTAMP)
                                .timestampRange(t ->
                                        t.startTimestamp(start.plusSeconds(2)).endTimestamp(start.plusSeconds(7)))));
        ListFragmentsResponse second = clients.archived()
                .listFragments(r -> r.streamName(stream)
                        .maxResults(4L)
                        .nextToken(first.nextToken())
                        .fragmentSelector(s -> s.fragmentSelectorType(FragmentSelectorType.PRODUCER_TIMESTAMP)
                                .timestampRange(t ->
                                        t.startTimestamp(start.plusSeconds(2)).endTimestamp(start.plusSeconds(7)))));

        assertThat(first.fragments()).hasSize(4);
        assertThat(second.nextToken()).isNull();
        assertThat(java.util.stream.Stream.concat(first.fragments().stream(), second.fragments().stream())
                        .map(f -> f.producerTimestamp().getEpochSecond() - start.getEpochSecond())
                        .toList())
                .containsExactly(2L, 3L, 4L, 5L, 6L, 7L);
        assertThat(clients.archived()
                        .listFragments(r -> r.streamName(stream)
                                .fragmentSelector(s -> s.fragmentSelectorType(FragmentSelectorType.SERVER_TIMESTAMP)
                                        .timestampRange(t -> t.startTimestamp(Instant.EPOCH)
                                                .endTimestamp(Instant.EPOCH.plusSeconds(60)))))
                        .fragments())
                .isEmpty();
    }

    @Test
    void aPlayerThatCameFirstFollowsWhatIsRecordedWhileItWatches() throws Exception {
        for (int retention : new int[] {24, 0}) {
            String stream = clients.createStream(retention);
            try (Clients.Player player = clients.play(stream, s -> s.startSelectorType(StartSelectorType.NOW))) {
                List<Ack> acks = clients.putMedia(stream, SAMPLE, Instant.now());
                assertThat(acks).hasSize(retention == 0 ? 20 : 30);
                assertThat(Clients.join(player.next(10))).isEqualTo(Arrays.copyOfRange(SAMPLE, 438, SAMPLE.length));
                clients.putMedia(stream, SAMPLE, Instant.now());
                assertThat(player.next(10)).hasSize(10);
                StreamInfo info = clients.control()
                        .describeStream(r -> r.streamName(stream))
                        .streamInfo();
                clients.control().deleteStream(r -> r.streamARN(info.streamARN()));
                assertThat(player.isAtEnd()).isTrue();
            }
        }
    }

    @Test
    void malformedMediaIsAnsweredWithAnErrorAfterWhatCouldBeStored() throws Exception {
        String stream = clients.createStream(24);
        byte[] damaged = Arrays.copyOf(SAMPLE, 40_000);
        Arrays.fill(damaged, 39_364, damaged.length, (byte) 0);
        List<String> lines = put(stream, damaged, Map.of());

        assertThat(lines.get(lines.size() - 1)).contains("\"EventType\":\"PERSISTED\"");
        assertThat(lines.stream().filter(line -> line.contains("PERSISTED"))).hasSize(3);
        assertThat(lines)
                .anyMatch(line -> line.contains("\"EventType\":\"ERROR\"")
                        && line.contains("\"ErrorId\":4006,\"ErrorCode\":\"INVALID_MKV_DATA\""));
    }

    @Test
    void startTimestampsComeAsSecondsOrIsoAndOthersAreRefused() throws Exception {
        String stream = clients.createStream(24);
        put(
                stream,
                SAMPLE,
                Map.of("x-amzn-fragment-timecode-type", "RELATIVE", "x-amzn-producer-start-timestamp", "1777629600.5"));
        put(stream, SAMPLE, Map.of());
        List<Long> starts = clients.archived().listFragments(r -> r.streamName(stream)).fragments().stream()
                .map(fragment -> fragment.producerTimestamp().toEpochMilli())
                .toList();

        assertThat(starts.subList(0, 2)).containsExactly(1777629600500L, 1777629601500L);
        assertThat(starts.subList(10, 12)).containsExactly(0L, 1000L);
        assertThat(putStatus(stream, Map.of("x-amzn-producer-start-timestamp", "yesterday")))
                .isEqualTo(400);
        assertThat(putStatus("no-such-stream", Map.of())).isEqualTo(404);
    }

    @Test
    void theParserTakesWhatGetMediaGives() throws Exception {
        String stream = clients.createStream(24);
        clients.putMedia(stream, SAMPLE, Instant.now());
        List<Chunk> chunks = clients.getMedia(stream, s -> s.startSelectorType(StartSelectorType.EARLIEST), 10);
        int[] count = new int[1];
        MkvParser parser = new MkvParser(new FragmentListener() {
            @Override
            public void onFragmentStart(long timecodeMillis) {}

            @Override
            public void onFragment(MkvFragment fragment) {
                count[0]++;
            }
        });
        parser.feed(java.nio.ByteBuffer.wrap(chunks.stream()
                .map(Chunk::whole)
                .collect(Collectors.collectingAndThen(Collectors.toList(), Clients::concat))));
        parser.end();
        assertThat(count[0]).isEqualTo(10);
    }

    private static List<String> put(String stream, byte[] body, Map<String, String> headers)
            throws IOException, InterruptedException {
        return send(stream, body, headers).body().lines().toList();
    }

    private static int putStatus(String stream, Map<String, String> headers) throws IOException, InterruptedException {
        return send(stream, SAMPLE, headers).statusCode();
    }

    private static HttpResponse<String> send(String stream, byte[] body, Map<String, String> headers)
            throws IOException, InterruptedException {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(server.uri() + "/putMedia"))
                .version(HttpClient.Version.HTTP_1_1)
                .header("x-amzn-stream-name", stream)
                .header(
                        "Authorization",
                        "AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/kinesisvideo/aws4_request")
                .POST(HttpRequest.BodyPublishers.ofInputStream(() -> new java.io.ByteArrayInputStream(body)));
        headers.forEach(request::header);
        return HttpClient.newHttpClient().send(request.build(), HttpResponse.BodyHandlers.ofString());
    }
}
