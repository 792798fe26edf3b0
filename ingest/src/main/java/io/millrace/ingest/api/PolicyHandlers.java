package io.millrace.ingest.api;

import io.millrace.ingest.streams.StreamErrors;
import io.millrace.ingest.streams.StreamSettings;
import io.millrace.ingest.streams.Streams;
import io.millrace.protocol.api.AwsJsonService;
import io.millrace.protocol.api.CallContext;
import io.millrace.protocol.api.ServiceException;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import software.amazon.awssdk.services.kinesis.model.DeleteResourcePolicyRequest;
import software.amazon.awssdk.services.kinesis.model.DeleteResourcePolicyResponse;
import software.amazon.awssdk.services.kinesis.model.GetResourcePolicyRequest;
import software.amazon.awssdk.services.kinesis.model.GetResourcePolicyResponse;
import software.amazon.awssdk.services.kinesis.model.PutResourcePolicyRequest;
import software.amazon.awssdk.services.kinesis.model.PutResourcePolicyResponse;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/**
 * {@code PutResourcePolicy}, {@code GetResourcePolicy}, {@code DeleteResourcePolicy}: kept and given back as they came.
 */
final class PolicyHandlers {
    private static final int MAX_BYTES = 20 * 1024;
    /** What AWS shows where there is none. */
    private static final String NO_POLICY = "{}";

    private final Streams streams;
    private final StreamSettings settings;
    private final StreamRefs refs;
    private final Changes changes;

    PolicyHandlers(Streams streams, StreamSettings settings, StreamRefs refs, Changes changes) {
        this.streams = streams;
        this.settings = settings;
        this.refs = refs;
        this.changes = changes;
    }

    void addTo(AwsJsonService service) {
        service.add(
                "PutResourcePolicy",
                PutResourcePolicyRequest::builder,
                PutResourcePolicyRequest.class,
                Inputs.resource().required("Policy"),
                this::put);
        service.add(
                "GetResourcePolicy",
                GetResourcePolicyRequest::builder,
                GetResourcePolicyRequest.class,
                Inputs.resource(),
                this::get);
        service.add(
                "DeleteResourcePolicy",
                DeleteResourcePolicyRequest::builder,
                DeleteResourcePolicyRequest.class,
                Inputs.resource(),
                this::delete);
    }

    private CompletionStage<PutResourcePolicyResponse> put(PutResourcePolicyRequest request, CallContext call) {
        Resource resource = refs.resource(request.resourceARN(), call);
        refuseMalformed(request.policy());
        return changes.run(
                () -> settings.setPolicy(resource.stream(), resource.consumer(), request.policy()),
                () -> PutResourcePolicyResponse.builder().build());
    }

    private CompletionStage<GetResourcePolicyResponse> get(GetResourcePolicyRequest request, CallContext call) {
        String policy = refs.resource(request.resourceARN(), call).policyIn(streams);
        return CompletableFuture.completedFuture(GetResourcePolicyResponse.builder()
                .policy(policy == null ? NO_POLICY : policy)
                .build());
    }

    private CompletionStage<DeleteResourcePolicyResponse> delete(
            DeleteResourcePolicyRequest request, CallContext call) {
        Resource resource = refs.resource(request.resourceARN(), call);
        if (resource.policyIn(streams) == null) {
            throw noPolicy(request.resourceARN());
        }
        return changes.run(
                () -> settings.setPolicy(resource.stream(), resource.consumer(), null),
                () -> DeleteResourcePolicyResponse.builder().build());
    }

    private static ServiceException noPolicy(String arn) {
        return ServiceException.refused(
                "ResourceNotFoundException",
                String.format(Locale.ROOT, "No resource policy found for resource ARN %s", arn));
    }

    private static void refuseMalformed(String policy) {
        if (policy.getBytes(StandardCharsets.UTF_8).length > MAX_BYTES) {
            throw StreamErrors.limitExceeded(
                    String.format(Locale.ROOT, "Policy size exceeds the limit of %d bytes.", MAX_BYTES));
        }
        JsonNode document;
        try {
            document = JsonMapper.shared().readTree(policy);
        } catch (JacksonException e) {
            throw StreamErrors.invalidArgument("The policy is not a valid JSON document.");
        }
        if (!document.isObject() || !document.has("Statement")) {
            throw StreamErrors.invalidArgument("The policy must be a JSON object with a Statement.");
        }
    }
}
