package io.millrace.protocol.api;

import io.millrace.protocol.arn.Arn;
import io.millrace.protocol.arn.Namespace;
import io.millrace.protocol.endpoint.RequestHead;
import java.util.Locale;

/**
 * The wall between accounts, regions and partitions: checks that what a call names by ARN, or by a token that holds a
 * place, belongs to the account and the region of the call's signature.
 *
 * <p>Resource policies are kept and not evaluated, so the resources of another account are refused to every caller,
 * whether they exist or not. The resources of another region are not found, as on AWS, where each region is a system of
 * its own. Every service makes its keys from ARNs through this class only. Thread-safe.
 */
public final class OwnResources {
    private final String service;
    private final String resourcePrefix;
    private final Refusals refusals;

    /** The errors of a service. */
    public interface Refusals {
        /** The text is no ARN of the service. */
        ServiceException malformed(String text);

        /**
         * The resource is of another account.
         *
         * @param message in AWS's words
         */
        ServiceException denied(String message);

        /** There is no such resource in the region that was called. */
        ServiceException notFound(Arn arn);
    }

    /**
     * @param service as ARNs name it, for example {@code kinesis}
     * @param resourcePrefix how every resource of the service begins, for example {@code stream/}
     */
    public OwnResources(String service, String resourcePrefix, Refusals refusals) {
        this.service = service;
        this.resourcePrefix = resourcePrefix;
        this.refusals = refusals;
    }

    /**
     * Returns an ARN's resource without its prefix.
     *
     * @throws ServiceException if the text is no ARN of the service, or of another account, partition or region
     */
    public String nameIn(String text, CallContext call) {
        Arn arn = Arn.parse(text)
                .filter(parsed ->
                        parsed.service().equals(service) && parsed.resource().startsWith(resourcePrefix))
                .orElseThrow(() -> refusals.malformed(text));
        refuseOthers(arn.namespace(), text, call);
        Namespace own = call.namespace();
        if (!arn.partition().equals(own.partition())
                || !arn.namespace().region().equals(own.region())) {
            throw refusals.notFound(arn);
        }
        return arn.resource().substring(resourcePrefix.length());
    }

    /**
     * Refuses what is of another account than the caller.
     *
     * @param arn names the resource in the refusal
     */
    public void refuseOthers(Namespace owner, String arn, CallContext call) {
        String account = call.namespace().account();
        if (!owner.account().equals(account)) {
            throw refusals.denied(ServiceException.notAuthorized(account, action(call.head()), arn));
        }
    }

    /** Returns what the call does, as IAM names it. */
    private String action(RequestHead head) {
        String target = head.header("X-Amz-Target");
        if (target != null) {
            return service + ":" + target.substring(target.lastIndexOf('.') + 1);
        }
        String path = head.path(); // such as /describeStream
        return path.length() < 2
                ? service + ":*"
                : service + ":" + path.substring(1, 2).toUpperCase(Locale.ROOT) + path.substring(2);
    }
}
