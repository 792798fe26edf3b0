package io.millrace.server;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import io.millrace.server.SdkOperations.Op;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Function;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.http.ContentStreamProvider;
import software.amazon.awssdk.http.SdkHttpMethod;
import software.amazon.awssdk.http.SdkHttpRequest;
import software.amazon.awssdk.http.auth.aws.signer.AwsV4HttpSigner;

/**
 * Walks through every operation of every service as another account, from another region and partition, and as a stranger
 * without a key. Each time the caller names all that the owner has, by ARN, by name and by token. Nothing of the owner's
 * may be read, listed, changed or deleted.
 */
@Timeout(300)
class WallsIT {
    private static final String OWNER = "111122223333";
    private static final String REGION = "us-east-1";
    private static final String HUSH = "hush-hush";

    private final ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();

    @TempDir
    Path directory;

    private final HttpClient http =
            HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private final Set<Op> unknown = new HashSet<>();
    private URI api;

    /**
     * Who calls.
     *
     * @param key with which calls are signed; null for none
     * @param known whether the node knows the key
     */
    private record Caller(AwsBasicCredentials key, String region, boolean known) {
        Caller(AwsBasicCredentials key, String region) {
            this(key, region, true);
        }

        static Caller stranger(AwsBasicCredentials key) {
            return new Caller(key, REGION, false);
        }
    }

    /** What the owner has, as callers may name it. */
    private record Owned(String partition, String region, String iterator, String videoArn, String consumerArn) {
        String text(String member) {
            return switch (member) {
                case "StreamARN", "ResourceARN", "KinesisStreamARN" -> arn("kinesis", "stream/orders");
                case "ConsumerARN" -> moved(consumerArn);
                case "ShardIterator" -> iterator;
                case "ShardId", "ShardToSplit", "ExclusiveStartShardId" -> "shardId-000000000000";
                case "AdjacentShardToMerge" -> "shardId-000000000001";
                case "CatalogId" -> OWNER;
                default -> named(member);
            };
        }

        private String named(String member) {
            return switch (member) {
                case "StreamName" -> "orders";
                case "ConsumerName" -> "reader";
                case "DeliveryStreamName" -> "delivery";
                case "DatabaseName" -> "lake";
                case "Name", "TableName" -> "flights";
                case "ShardIteratorType", "Type" -> "TRIM_HORIZON";
                case "StreamMode" -> "ON_DEMAND";
                case "EncryptionType" -> "KMS";
                case "KeyId" -> "alias/aws/kinesis";
                case "ScalingType" -> "UNIFORM_SCALING";
                case "Policy" -> "{\"Statement\":[]}";
                case "NewStartingHashKey", "ExplicitHashKey" -> "7";
                case "ShardLevelMetrics" -> "ALL";
                case "APIName" -> "GET_MEDIA";
                case "StartSelectorType" -> "NOW";
                case "FragmentSelectorType" -> "SERVER_TIMESTAMP";
                case "PartitionKey", "Key", "TagKeys" -> "stranger";
                case "BucketARN" -> "arn:aws:s3:::lake";
                case "RoleARN" -> "arn:aws:iam::111122223333:role/r";
                default -> null;
            };
        }

        private String arn(String service, String resource) {
            return String.join(":", "arn", partition, service, region, OWNER, resource);
        }

        private String moved(String arn) {
            return arn.replace("arn:aws:", "arn:" + partition + ":").replace(":" + REGION + ":", ":" + region + ":");
        }

        /** The texts by which a service is told its resources: ARNs only, or names only. */
        Function<String, String> texts(SdkOperations service, boolean byArn) {
            return member -> {
                if (member == null) {
                    return "stranger"; // an element of a list or a map
                }
                boolean video = service.target().isEmpty();
                if (member.endsWith("ARN") && !member.equals("BucketARN") && !member.equals("RoleARN")) {
                    String own = video ? moved(videoArn) : text(member);
                    return byArn ? own : null;
                }
                boolean names = member.equals("StreamName") || (video && member.equals("Name"));
                return byArn && names ? null : text(member);
            };
        }
    }

    @AfterEach
    void stopTimer() {
        timer.shutdownNow();
    }

    @Test
    void nobodyGetsAtWhatIsAnothers() throws Exception {
        AwsBasicCredentials owner = key(OWNER);
        AwsBasicCredentials other = key("444455556666");
        try (NodeProcess node = NodeProcess.start(
                directory.resolve("data"), "--no-flink", "--no-s3", "--no-warehouse", "--auth", "sigv4")) {
            node.awaitReady();
            api = URI.create(node.connections().api());
            Owned owned = create(owner);
            Map<String, String> before = state(node.directory(), owner);
            assertThat(before.toString()).contains(HUSH, "orders", "reader", "delivery", "lake", "flights", "door");

            walk(new Caller(other, REGION), owned, true);
            walk(new Caller(other, "eu-west-1"), owned, true);
            walk(new Caller(owner, "eu-west-1"), owned, true);
            walk(new Caller(owner, "cn-north-1"), owned, true);
            walk(new Caller(owner, REGION), elsewhere(owned, "aws-cn", REGION), false);
            walk(new Caller(owner, REGION), elsewhere(owned, "aws", "eu-west-1"), false);
            walk(Caller.stranger(AwsBasicCredentials.create("AKIASTRANGER", "guess")), owned, true);
            walk(Caller.stranger(AwsBasicCredentials.create(owner.accessKeyId(), "guess")), owned, true);
            walk(Caller.stranger(null), owned, true);

            assertThat(state(node.directory(), owner)).containsAllEntriesOf(before);
            assertThat(node.stop()).isZero();
        }
    }

    private static Owned elsewhere(Owned owned, String partition, String region) {
        return new Owned(partition, region, owned.iterator(), owned.videoArn(), owned.consumerArn());
    }

    /**
     * Calls everything as somebody.
     *
     * @param names whether to try names too, which are the owner's own otherwise
     */
    private void walk(Caller caller, Owned owned, boolean names) throws Exception {
        Set<String> named = new TreeSet<>();
        for (SdkOperations service : SdkOperations.services()) {
            for (Op operation : service.all()) {
                if (unknown.contains(operation)) {
                    continue;
                }
                for (boolean byArn : names ? new boolean[] {true, false} : new boolean[] {true}) {
                    String body = new String(SdkOperations.input(operation, owned.texts(service, byArn)), UTF_8);
                    boolean mayPass = !body.contains("ARN\":\"arn:" + owned.partition() + ":kinesis") && names;
                    if (!names && mayPass == body.contains("arn:" + owned.partition() + ":kinesis")) {
                        continue; // the call names nothing that could be elsewhere
                    }
                    Answer answer = call(service, operation.name(), body, caller);
                    if (answer.body().contains("UnknownOperation")) {
                        unknown.add(operation);
                        break;
                    }
                    String what = "%s.%s of %s: %s".formatted(service.model(), operation.name(), caller, answer.body());
                    assertThat(answer.body()).as(what).doesNotContain(HUSH, encoded(HUSH));
                    if (!mayPass || !caller.known()) {
                        assertThat(answer.statusCode()).as(what).isBetween(400, 404);
                        named.add(operation.name());
                    }
                }
            }
        }
        assertThat(named).contains("GetRecords", "DescribeStream", "DeleteStream", "SubscribeToShard", "GetMedia");
    }

    private static String encoded(String text) {
        return Base64.getEncoder().encodeToString(text.getBytes(UTF_8)).replace("=", "");
    }

    private Answer call(SdkOperations service, String operation, String body, Caller caller)
            throws IOException, InterruptedException {
        String path = service.target().isEmpty()
                ? "/" + operation.substring(0, 1).toLowerCase(Locale.ROOT) + operation.substring(1)
                : "/";
        SdkHttpRequest.Builder request = SdkHttpRequest.builder()
                .method(SdkHttpMethod.POST)
                .uri(api.resolve(path))
                .putHeader("Content-Type", "application/x-amz-json-1.1");
        if (!service.target().isEmpty()) {
            request.putHeader("X-Amz-Target", service.target() + operation);
        }
        SdkHttpRequest unsigned = request.build();
        SdkHttpRequest sent = caller.key() == null ? unsigned : signed(unsigned, body, service.signingName(), caller);
        HttpRequest.Builder builder = HttpRequest.newBuilder(api.resolve(path))
                .timeout(Duration.ofSeconds(30))
                .POST(HttpRequest.BodyPublishers.ofString(body));
        sent.headers().forEach((name, values) -> {
            if (!name.equalsIgnoreCase("Host") && !name.equalsIgnoreCase("Content-Length")) {
                builder.header(name, values.get(0));
            }
        });
        HttpResponse<InputStream> response = http.send(builder.build(), HttpResponse.BodyHandlers.ofInputStream());
        return new Answer(response.statusCode(), textOf(response.body()));
    }

    private record Answer(int statusCode, String body) {}

    /** Returns a body, or what comes of it at first: the media and events of a caller's own stream never end. */
    private String textOf(InputStream body) throws IOException {
        ByteArrayOutputStream text = new ByteArrayOutputStream();
        AtomicBoolean cut = new AtomicBoolean();
        ScheduledFuture<?> end = timer.schedule(() -> cut(body, cut), 2, TimeUnit.SECONDS);
        try (body) {
            body.transferTo(text);
        } catch (IOException e) {
            assertThat(cut).as("the end of a body: " + e).isTrue();
        } finally {
            end.cancel(false);
        }
        return text.toString(UTF_8);
    }

    private static void cut(InputStream body, AtomicBoolean cut) {
        cut.set(true);
        try {
            body.close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static SdkHttpRequest signed(SdkHttpRequest request, String body, String service, Caller caller) {
        return AwsV4HttpSigner.create()
                .sign(sign -> sign.identity(caller.key())
                        .request(request)
                        .payload(ContentStreamProvider.fromUtf8String(body))
                        .putProperty(AwsV4HttpSigner.SERVICE_SIGNING_NAME, service)
                        .putProperty(AwsV4HttpSigner.REGION_NAME, caller.region()))
                .request();
    }

    private AwsBasicCredentials key(String account) throws Exception {
        Cli run = Cli.run(
                "keys",
                "add",
                "--account",
                account,
                "--data-dir",
                directory.resolve("data").toString());
        List<String> values =
                run.out().lines().map(line -> line.replaceAll(".*=", "")).toList();
        String secret = run.out().lines().toList().get(1).replaceFirst("export AWS_SECRET_ACCESS_KEY='?", "");
        return AwsBasicCredentials.create(
                values.get(0), secret.endsWith("'") ? secret.substring(0, secret.length() - 1) : secret);
    }

    private Owned create(AwsBasicCredentials key) throws Exception {
        Caller owner = new Caller(key, REGION);
        must(owner, "kinesis", "CreateStream", "{'StreamName':'orders','ShardCount':2,'Tags':{'t':'hush-hush'}}");
        Await.until(
                "the stream is active",
                Duration.ofSeconds(20),
                () -> ask(owner, "kinesis", "DescribeStreamSummary", "{'StreamName':'orders'}")
                        .contains("\"ACTIVE\""));
        String arn = "arn:aws:kinesis:us-east-1:111122223333:stream/orders";
        must(
                owner,
                "kinesis",
                "PutRecord",
                "{'StreamName':'orders','PartitionKey':'a','Data':'%s'}"
                        .formatted(Base64.getEncoder().encodeToString(HUSH.getBytes(UTF_8))));
        must(
                owner,
                "kinesis",
                "PutResourcePolicy",
                "{'ResourceARN':'%s','Policy':'{\\\"Statement\\\":[],\\\"Id\\\":\\\"hush-hush\\\"}'}".formatted(arn));
        String consumer = must(
                owner,
                "kinesis",
                "RegisterStreamConsumer",
                "{'StreamARN':'%s','ConsumerName':'reader','Tags':{'t':'hush-hush'}}".formatted(arn));
        String iterator = must(
                owner,
                "kinesis",
                "GetShardIterator",
                "{'StreamARN':'%s','ShardId':'shardId-000000000000','ShardIteratorType':'TRIM_HORIZON'}"
                        .formatted(arn));
        must(owner, "glue", "CreateDatabase", "{'DatabaseInput':{'Name':'lake','Description':'hush-hush'}}");
        must(
                owner,
                "glue",
                "CreateTable",
                "{'DatabaseName':'lake','TableInput':{'Name':'flights','Description':'hush-hush'}}");
        must(
                owner,
                "firehose",
                "CreateDeliveryStream",
                "{'DeliveryStreamName':'delivery','ExtendedS3DestinationConfiguration':"
                        + "{'BucketARN':'arn:aws:s3:::lake','RoleARN':'arn:aws:iam::111122223333:role/r','Prefix':'hush-hush/'}}");
        String video = must(owner, "kinesisvideo", "CreateStream", "{'StreamName':'door','Tags':{'t':'hush-hush'}}");
        return new Owned(
                "aws",
                REGION,
                member(iterator, "ShardIterator"),
                member(video, "StreamARN"),
                member(consumer, "ConsumerARN"));
    }

    private static String member(String json, String name) {
        return json.replaceFirst("(?s).*\"" + name + "\":\"([^\"]*)\".*", "$1");
    }

    private String must(Caller caller, String model, String operation, String body) throws Exception {
        Answer answer = answer(caller, model, operation, body);
        assertThat(answer.statusCode()).as(operation + ": " + answer.body()).isEqualTo(200);
        return answer.body();
    }

    private String ask(Caller caller, String model, String operation, String body)
            throws IOException, InterruptedException {
        return answer(caller, model, operation, body).body();
    }

    private Answer answer(Caller caller, String model, String operation, String body)
            throws IOException, InterruptedException {
        SdkOperations service = SdkOperations.services().stream()
                .filter(one -> one.model().equals(model))
                .findFirst()
                .orElseThrow();
        return call(service, operation, body.replace('\'', '"'), caller);
    }

    /** Returns all that the owner sees, and all documents of the node by which it remembers what the owner has. */
    private Map<String, String> state(Path data, AwsBasicCredentials key) throws Exception {
        Caller owner = new Caller(key, REGION);
        Map<String, String> state = new TreeMap<>();
        for (String[] look : new String[][] {
            {"kinesis", "ListStreams", "{}"},
            {"kinesis", "DescribeStreamSummary", "{'StreamName':'orders'}"},
            {"kinesis", "ListShards", "{'StreamName':'orders'}"},
            {"kinesis", "ListTagsForStream", "{'StreamName':'orders'}"},
            {"kinesis", "ListStreamConsumers", "{'StreamARN':'arn:aws:kinesis:us-east-1:111122223333:stream/orders'}"},
            {"firehose", "ListDeliveryStreams", "{}"},
            {"firehose", "DescribeDeliveryStream", "{'DeliveryStreamName':'delivery'}"},
            {"glue", "GetDatabases", "{}"},
            {"glue", "GetTables", "{'DatabaseName':'lake'}"},
            {"kinesisvideo", "ListStreams", "{}"},
            {"kinesisvideo", "DescribeStream", "{'StreamName':'door'}"}
        }) {
            state.put(look[0] + "." + look[1], must(owner, look[0], look[1], look[2]));
        }
        for (String shard : List.of("shardId-000000000000", "shardId-000000000001")) {
            state.put("records of " + shard, records(owner, shard));
        }
        try (Stream<Path> files = Files.walk(data)) {
            for (Path file :
                    files.filter(one -> one.toString().endsWith(".json")).toList()) {
                String content = Files.readString(file, ISO_8859_1);
                if (content.contains(OWNER)) {
                    state.put(data.relativize(file).toString(), content);
                }
            }
        }
        return state;
    }

    /** Returns the data of all records of a shard; when they were read is another matter. */
    private String records(Caller owner, String shard) throws Exception {
        String iterator = member(
                must(
                        owner,
                        "kinesis",
                        "GetShardIterator",
                        "{'StreamName':'orders','ShardId':'%s','ShardIteratorType':'TRIM_HORIZON'}".formatted(shard)),
                "ShardIterator");
        String page = must(owner, "kinesis", "GetRecords", "{'ShardIterator':'%s'}".formatted(iterator));
        List<String> data = new ArrayList<>();
        var matcher = Pattern.compile("\"Data\":\"([^\"]*)\"").matcher(page);
        while (matcher.find()) {
            data.add(matcher.group(1));
        }
        return data.toString();
    }
}
