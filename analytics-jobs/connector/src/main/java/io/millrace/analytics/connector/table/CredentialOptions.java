package io.millrace.analytics.connector.table;

import io.millrace.analytics.connector.client.Credentials;
import java.util.Arrays;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.apache.flink.table.api.ValidationException;
import org.jspecify.annotations.Nullable;

/**
 * The options below {@code aws.credentials}, as the Apache connector names them. The keys by which a role is asked for
 * have the same names again below {@code aws.credentials.role.provider}. An option that the provider does not read is
 * refused.
 */
final class CredentialOptions {
    static final String PREFIX = "aws.credentials";
    private static final String LENDER = "role.provider";

    /** The names of Apache's providers, and what each reads. */
    private enum Provider {
        AUTO(),
        BASIC("basic.accesskeyid", "basic.secretkey"),
        ENV_VAR(),
        SYS_PROP(),
        PROFILE("profile.path", "profile.name"),
        ASSUME_ROLE("role.arn", "role.sessionName", "role.externalId", "role.stsEndpoint", LENDER),
        WEB_IDENTITY_TOKEN("role.arn", "role.sessionName", "role.stsEndpoint", "webIdentityToken.file"),
        CUSTOM("custom.class");

        private final Set<String> reads;

        Provider(String... reads) {
            this.reads = Set.of(reads);
        }
    }

    private final Map<String, String> options;
    private final boolean unsignedWithoutKeys;

    private CredentialOptions(Map<String, String> options, boolean unsignedWithoutKeys) {
        this.options = options;
        this.unsignedWithoutKeys = unsignedWithoutKeys;
    }

    /** @throws ValidationException naming the option that is wrong, missing, or of no use with the provider */
    static Credentials of(Map<String, String> tableOptions) {
        CredentialOptions options = new CredentialOptions(tableOptions, tableOptions.containsKey("aws.endpoint"));
        return options.read(PREFIX, tableOptions.get(PREFIX + ".provider"));
    }

    /** Returns every name that may stand in a table, without those of nested roles. */
    static Set<String> names() {
        Set<String> names = new TreeSet<>(Set.of(PREFIX + ".provider"));
        Arrays.stream(Provider.values())
                .forEach(provider -> provider.reads.forEach(name -> names.add(PREFIX + "." + name)));
        return names;
    }

    private Credentials read(String prefix, @Nullable String named) {
        Provider provider = provider(prefix, named);
        refuseWhatIsNotRead(prefix, provider);
        return switch (provider) {
            case AUTO -> new Credentials.Auto(unsignedWithoutKeys && named == null);
            case BASIC ->
                new Credentials.Basic(
                        required(prefix, "basic.accesskeyid", provider), required(prefix, "basic.secretkey", provider));
            case ENV_VAR -> new Credentials.EnvironmentVariables();
            case SYS_PROP -> new Credentials.SystemProperties();
            case PROFILE -> new Credentials.Profile(optional(prefix, "profile.path"), optional(prefix, "profile.name"));
            case ASSUME_ROLE ->
                new Credentials.AssumeRole(
                        required(prefix, "role.arn", provider),
                        required(prefix, "role.sessionName", provider),
                        optional(prefix, "role.externalId"),
                        optional(prefix, "role.stsEndpoint"),
                        read(prefix + "." + LENDER, optional(prefix, LENDER)));
            case WEB_IDENTITY_TOKEN ->
                new Credentials.WebIdentity(
                        optional(prefix, "role.arn"),
                        optional(prefix, "role.sessionName"),
                        optional(prefix, "webIdentityToken.file"),
                        optional(prefix, "role.stsEndpoint"));
            case CUSTOM -> new Credentials.Custom(required(prefix, "custom.class", provider), awsOptions());
        };
    }

    private Provider provider(String prefix, @Nullable String named) {
        if (named == null) {
            return options.containsKey(prefix + ".basic.accesskeyid")
                            || options.containsKey(prefix + ".basic.secretkey")
                    ? Provider.BASIC
                    : Provider.AUTO;
        }
        try {
            return Provider.valueOf(named.toUpperCase(Locale.ROOT));
        } catch (IllegalArgumentException e) {
            String option = prefix.equals(PREFIX) ? prefix + ".provider" : prefix;
            throw new ValidationException(option + ": " + named + " (expected: "
                    + Arrays.stream(Provider.values()).map(Enum::name).collect(Collectors.joining(", ")) + ")");
        }
    }

    private void refuseWhatIsNotRead(String prefix, Provider provider) {
        boolean lends = provider == Provider.ASSUME_ROLE;
        for (String option : options.keySet()) {
            if (!option.startsWith(prefix + ".") || option.equals(PREFIX + ".provider")) {
                continue;
            }
            String name = option.substring(prefix.length() + 1);
            if (!provider.reads.contains(name) && !(lends && name.startsWith(LENDER + "."))) {
                throw new ValidationException(
                        option + ": is of no use with the credentials provider " + provider + usersOf(name));
            }
        }
    }

    private static String usersOf(String name) {
        String users = Arrays.stream(Provider.values())
                .filter(provider -> provider.reads.contains(name))
                .map(Enum::name)
                .collect(Collectors.joining(", "));
        return users.isEmpty() ? "" : " (expected: with " + users + ")";
    }

    private String required(String prefix, String name, Provider provider) {
        String value = optional(prefix, name);
        if (value == null) {
            throw new ValidationException(
                    prefix + "." + name + ": missing (expected with the credentials provider " + provider + ")");
        }
        return value;
    }

    private @Nullable String optional(String prefix, String name) {
        return options.get(prefix + "." + name);
    }

    private Map<String, String> awsOptions() {
        Map<String, String> aws = new TreeMap<>(options);
        aws.keySet().removeIf(name -> !name.startsWith("aws."));
        return aws;
    }
}
