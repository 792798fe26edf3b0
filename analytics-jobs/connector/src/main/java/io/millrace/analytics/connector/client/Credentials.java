package io.millrace.analytics.connector.client;

import java.io.Serializable;
import java.lang.reflect.InvocationTargetException;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.Properties;
import org.jspecify.annotations.Nullable;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.auth.credentials.AwsBasicCredentials;
import software.amazon.awssdk.auth.credentials.AwsCredentialsProvider;
import software.amazon.awssdk.auth.credentials.DefaultCredentialsProvider;
import software.amazon.awssdk.auth.credentials.EnvironmentVariableCredentialsProvider;
import software.amazon.awssdk.auth.credentials.ProfileCredentialsProvider;
import software.amazon.awssdk.auth.credentials.StaticCredentialsProvider;
import software.amazon.awssdk.auth.credentials.SystemPropertyCredentialsProvider;
import software.amazon.awssdk.http.urlconnection.UrlConnectionHttpClient;
import software.amazon.awssdk.profiles.ProfileFile;
import software.amazon.awssdk.regions.Region;
import software.amazon.awssdk.services.sts.StsClient;
import software.amazon.awssdk.services.sts.StsClientBuilder;
import software.amazon.awssdk.services.sts.auth.StsAssumeRoleCredentialsProvider;
import software.amazon.awssdk.services.sts.auth.StsWebIdentityTokenFileCredentialsProvider;

/** Where a task gets the keys by which it signs. Travels from the client to every task, so it is serializable. */
public sealed interface Credentials extends Serializable {

    /** Opens the provider on the machine of the task. */
    AwsCredentialsProvider open(String region);

    /**
     * The SDK's default chain.
     *
     * @param unsignedWithoutKeys whether calls go unsigned where the environment holds no keys, as a node of one's own
     *     takes them
     */
    record Auto(boolean unsignedWithoutKeys) implements Credentials {
        @Override
        public AwsCredentialsProvider open(String region) {
            return unsignedWithoutKeys && System.getenv("AWS_ACCESS_KEY_ID") == null
                    ? AnonymousCredentialsProvider.create()
                    : DefaultCredentialsProvider.builder().build();
        }
    }

    /** Fixed keys. */
    record Basic(String accessKey, String secretKey) implements Credentials {
        @Override
        public AwsCredentialsProvider open(String region) {
            return StaticCredentialsProvider.create(AwsBasicCredentials.create(accessKey, secretKey));
        }

        @Override
        public String toString() {
            return "Basic[accessKey=" + accessKey + "]";
        }
    }

    /** {@code AWS_ACCESS_KEY_ID} and its companions. */
    record EnvironmentVariables() implements Credentials {
        @Override
        public AwsCredentialsProvider open(String region) {
            return EnvironmentVariableCredentialsProvider.create();
        }
    }

    /** {@code aws.accessKeyId} and its companions. */
    record SystemProperties() implements Credentials {
        @Override
        public AwsCredentialsProvider open(String region) {
            return SystemPropertyCredentialsProvider.create();
        }
    }

    /** A profile of a credentials file; absent parts are the SDK's defaults. */
    record Profile(@Nullable String path, @Nullable String name) implements Credentials {
        @Override
        public AwsCredentialsProvider open(String region) {
            ProfileCredentialsProvider.Builder builder =
                    ProfileCredentialsProvider.builder().profileName(name);
            if (path != null) {
                builder.profileFile(ProfileFile.builder()
                        .content(Path.of(path))
                        .type(ProfileFile.Type.CREDENTIALS)
                        .build());
            }
            return builder.build();
        }
    }

    /**
     * A role that STS lends.
     *
     * @param stsEndpoint absent for the one of the region
     * @param lender by whose keys STS is asked
     */
    record AssumeRole(
            String roleArn,
            String sessionName,
            @Nullable String externalId,
            @Nullable String stsEndpoint,
            Credentials lender)
            implements Credentials {
        @Override
        public AwsCredentialsProvider open(String region) {
            return StsAssumeRoleCredentialsProvider.builder()
                    .stsClient(sts(region, stsEndpoint, lender.open(region)))
                    .refreshRequest(request -> request.roleArn(roleArn)
                            .roleSessionName(sessionName)
                            .externalId(externalId))
                    .build();
        }
    }

    /** A role that STS lends for a token in a file; absent parts come from the environment. */
    record WebIdentity(
            @Nullable String roleArn,
            @Nullable String sessionName,
            @Nullable String tokenFile,
            @Nullable String stsEndpoint)
            implements Credentials {
        @Override
        public AwsCredentialsProvider open(String region) {
            return StsWebIdentityTokenFileCredentialsProvider.builder()
                    .stsClient(sts(region, stsEndpoint, AnonymousCredentialsProvider.create()))
                    .roleArn(orEnvironment(roleArn, "AWS_ROLE_ARN"))
                    .roleSessionName(sessionName)
                    .webIdentityTokenFile(Path.of(orEnvironment(tokenFile, "AWS_WEB_IDENTITY_TOKEN_FILE")))
                    .build();
        }

        private static String orEnvironment(@Nullable String value, String variable) {
            String found = value != null ? value : System.getenv(variable);
            if (found == null) {
                throw new IllegalStateException(
                        "WEB_IDENTITY_TOKEN: neither the table nor the environment variable " + variable + " says it");
            }
            return found;
        }
    }

    /**
     * A provider of the user's own: a class with a public constructor that takes {@link Properties} or nothing.
     *
     * @param options the {@code aws.} options of the table
     */
    record Custom(String className, Map<String, String> options) implements Credentials {
        @Override
        public AwsCredentialsProvider open(String region) {
            try {
                Class<? extends AwsCredentialsProvider> type = Class.forName(
                                className, true, Thread.currentThread().getContextClassLoader())
                        .asSubclass(AwsCredentialsProvider.class);
                Properties properties = new Properties();
                properties.putAll(options);
                return takesProperties(type)
                        ? type.getConstructor(Properties.class).newInstance(properties)
                        : type.getConstructor().newInstance();
            } catch (ReflectiveOperationException | ClassCastException e) {
                Throwable cause = e instanceof InvocationTargetException wrapped ? wrapped.getCause() : e;
                throw new IllegalStateException(
                        "aws.credentials.custom.class: " + className + " cannot be used", cause);
            }
        }

        private static boolean takesProperties(Class<?> type) {
            for (var constructor : type.getConstructors()) {
                if (constructor.getParameterCount() == 1 && constructor.getParameterTypes()[0] == Properties.class) {
                    return true;
                }
            }
            return false;
        }

        @Override
        public String toString() {
            return "Custom[className=" + className + "]";
        }
    }

    private static StsClient sts(String region, @Nullable String endpoint, AwsCredentialsProvider credentials) {
        StsClientBuilder builder = StsClient.builder()
                .region(Region.of(region))
                .credentialsProvider(credentials)
                .httpClient(UrlConnectionHttpClient.create());
        if (endpoint != null) {
            builder.endpointOverride(URI.create(endpoint));
        }
        return builder.build();
    }
}
