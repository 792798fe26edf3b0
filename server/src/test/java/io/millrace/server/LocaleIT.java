package io.millrace.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.kinesis.KinesisClient;
import software.amazon.awssdk.services.kinesis.model.PutRecordResponse;
import software.amazon.awssdk.services.kinesis.model.Record;
import software.amazon.awssdk.services.kinesis.model.Shard;
import software.amazon.awssdk.services.kinesis.model.ShardIteratorType;
import software.amazon.awssdk.services.kinesisvideo.KinesisVideoClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.KinesisVideoArchivedMediaClient;
import software.amazon.awssdk.services.kinesisvideoarchivedmedia.model.Fragment;
import tools.jackson.databind.JsonNode;

/** A host's locale with digits or case rules of its own changes neither answers nor files. */
@Timeout(120)
class LocaleIT {
    private static final Pattern NUMBERED = Pattern.compile("[0-9-]+\\.(wal|seg|idx)");

    @TempDir
    Path directory;

    @ParameterizedTest
    @ValueSource(strings = {"ar-EG", "tr-TR"})
    void answersAndFilesAreInAsciiUnderAnyLocaleAndOpenUnderAnyOther(String tag) throws Exception {
        Path data = directory.resolve("data");
        List<String> fragments;
        try (NodeProcess node = NodeProcess.startIn(Locale.forLanguageTag(tag), data)) {
            node.awaitReady();
            fragments = fill(node);
            assertThat(node.stop()).isZero();
        }
        assertThat(names(data)).allMatch(StandardCharsets.US_ASCII.newEncoder()::canEncode);

        try (NodeProcess node = NodeProcess.startIn(Locale.forLanguageTag("en-US"), data)) {
            node.awaitReady();
            assertHolds(node, fragments);
            assertThat(node.stop()).isZero();
        }
        writeDigitsAsEarlierVersionsDid(data);
        try (NodeProcess node = NodeProcess.startIn(Locale.forLanguageTag(tag), data)) {
            node.awaitReady();
            assertHolds(node, fragments);
        }
    }

    /** Puts a record and a video; checks what is answered. Returns the numbers of the fragments. */
    private static List<String> fill(NodeProcess node) throws Exception {
        try (KinesisClient kinesis = node.aws().kinesis();
                KinesisVideoClient video = node.aws().video()) {
            Aws.createStream(kinesis, "orders", 1);
            PutRecordResponse put = kinesis.putRecord(
                    request -> request.streamName("orders").partitionKey("I").data(SdkBytes.fromUtf8String("hello")));
            Shard shard = kinesis.listShards(request -> request.streamName("orders"))
                    .shards()
                    .get(0);
            assertThat(shard.shardId()).isEqualTo(put.shardId()).isEqualTo("shardId-000000000000");
            String arn = video.createStream(
                            request -> request.streamName("door").dataRetentionInHours(24))
                    .streamARN();
            assertThat(arn).matches("arn:aws:kinesisvideo:us-east-1:000000000000:stream/door/[0-9]{13}");
            List<JsonNode> acks = Camera.upload(video, "door");
            return acks.stream()
                    .filter(ack -> ack.path("EventType").stringValue().equals("PERSISTED"))
                    .map(ack -> ack.path("FragmentNumber").stringValue())
                    .toList();
        }
    }

    private static void assertHolds(NodeProcess node, List<String> fragments) throws Exception {
        assertThat(fragments).isNotEmpty().allMatch(number -> number.matches("[0-9]{47}"));
        try (KinesisClient kinesis = node.aws().kinesis();
                KinesisVideoArchivedMediaClient media = node.aws().archivedMedia()) {
            String iterator = kinesis.getShardIterator(request -> request.streamName("orders")
                            .shardId("shardId-000000000000")
                            .shardIteratorType(ShardIteratorType.TRIM_HORIZON))
                    .shardIterator();
            assertThat(kinesis.getRecords(request -> request.shardIterator(iterator))
                            .records())
                    .extracting(Record::data)
                    .containsExactly(SdkBytes.fromUtf8String("hello"));
            assertThat(media.listFragments(request -> request.streamName("door"))
                            .fragments())
                    .extracting(Fragment::fragmentNumber)
                    .containsExactlyInAnyOrderElementsOf(fragments);
        }
    }

    private static List<String> names(Path data) throws IOException {
        try (Stream<Path> files = Files.walk(data)) {
            return files.map(file -> String.valueOf(file.getFileName())).toList();
        }
    }

    /** Renames the numbered files of log and video to Arabic digits. */
    private static void writeDigitsAsEarlierVersionsDid(Path data) throws IOException {
        List<Path> numbered = new ArrayList<>();
        for (String folder : List.of("streams/log", "video")) {
            try (Stream<Path> files = Files.walk(data.resolve(folder))) {
                files.filter(Files::isRegularFile)
                        .filter(file -> NUMBERED.matcher(String.valueOf(file.getFileName()))
                                .matches())
                        .forEach(numbered::add);
            }
        }
        assertThat(numbered).hasSizeGreaterThan(2);
        for (Path file : numbered) {
            StringBuilder name = new StringBuilder();
            String.valueOf(file.getFileName())
                    .codePoints()
                    .forEach(c -> name.appendCodePoint(c >= '0' && c <= '9' ? '\u0660' + c - '0' : c));
            Files.move(file, file.resolveSibling(name.toString()));
        }
    }
}
