package io.millrace.ingest.api;

import io.millrace.ingest.log.KeyProvider;
import io.millrace.ingest.streams.Stream;
import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamSettings;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.Constraints;
import io.millrace.protocol.api.ServiceException;
import java.io.IOException;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletionStage;
import java.util.regex.Pattern;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import software.amazon.awssdk.services.kinesis.model.EncryptionType;
import software.amazon.awssdk.services.kinesis.model.StartStreamEncryptionRequest;
import software.amazon.awssdk.services.kinesis.model.StartStreamEncryptionResponse;
import software.amazon.awssdk.services.kinesis.model.StopStreamEncryptionRequest;
import software.amazon.awssdk.services.kinesis.model.StopStreamEncryptionResponse;

/**
 * {@code StartStreamEncryption} and {@code StopStreamEncryption}: records are encrypted at rest, by the log, under the
 * master key that the node's key provider has for the key id. An id, an ARN or an alias names one key each.
 */
final class EncryptionHandlers {
    private static final Logger LOG = LoggerFactory.getLogger(EncryptionHandlers.class);
    private static final Pattern KEY_ID = Pattern.compile(
            "(arn:aws[\\w-]*:kms:[\\w-]+:\\d{12}:(key|alias)/[\\w/-]+)|(alias/[\\w/-]+)|([0-9a-fA-F-]{36})|(mrk-[0-9a-f]{32})");

    private final StreamSettings settings;
    private final StreamRefs refs;
    private final KeyProvider keys;
    private final Changes changes;

    EncryptionHandlers(StreamSettings settings, StreamRefs refs, KeyProvider keys, Changes changes) {
        this.settings = settings;
        this.refs = refs;
        this.keys = keys;
        this.changes = changes;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "StartStreamEncryption",
                StartStreamEncryptionRequest::builder,
                StartStreamEncryptionRequest.class,
                key(),
                this::start);
        service.add(
                "StopStreamEncryption",
                StopStreamEncryptionRequest::builder,
                StopStreamEncryptionRequest.class,
                key(),
                this::stop);
    }

    private static Constraints key() {
        return Inputs.streamRef(Constraints.none()
                .required("EncryptionType")
                .oneOf("EncryptionType", List.of("NONE", "KMS"))
                .required("KeyId")
                .length("KeyId", 1, 2048));
    }

    private CompletionStage<StartStreamEncryptionResponse> start(
            StartStreamEncryptionRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        refuseOther(request.encryptionType());
        String keyId = request.keyId();
        if (!KEY_ID.matcher(keyId).matches()) {
            throw ServiceException.refused(
                    "KMSNotFoundException", String.format(Locale.ROOT, "Invalid keyId %s", keyId));
        }
        return changes.run(
                () -> {
                    refuseUnusable(keyId);
                    settings.setEncryption(stream.key(), keyId);
                },
                () -> StartStreamEncryptionResponse.builder().build());
    }

    private CompletionStage<StopStreamEncryptionResponse> stop(StopStreamEncryptionRequest request, CallContext call) {
        Stream stream = refs.stream(request.streamName(), request.streamARN(), call);
        refuseOther(request.encryptionType());
        return changes.run(
                () -> settings.setEncryption(stream.key(), null),
                () -> StopStreamEncryptionResponse.builder().build());
    }

    private static void refuseOther(EncryptionType type) {
        if (type != EncryptionType.KMS) {
            throw StreamErrors.invalidArgument("Encryption type NONE is not a valid argument; use KMS.");
        }
    }

    /** A key that cannot be used would make every put fail, so it is tried before. */
    private void refuseUnusable(String keyId) {
        try {
            keys.unwrap(keyId, keys.newDataKey(keyId).wrapped());
        } catch (IOException e) {
            LOG.error("master key {} cannot be used", keyId, e);
            throw StreamErrors.keyUnusable(keyId);
        }
    }
}
