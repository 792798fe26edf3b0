package io.millrace.protocol.arn;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamespaceTest {
    @Test
    void theRegionIsThatOfTheSignature() {
        assertThat(Namespace.ofAuthorization("AWS4-HMAC-SHA256 Credential=AKID/20260101/eu-west-1/kinesis/aws4_request,"
                                + " SignedHeaders=host, Signature=0")
                        .region())
                .isEqualTo("eu-west-1");
        assertThat(Namespace.ofAuthorization("Credential=AKID/20260101/EU WEST/kinesis/"))
                .isEqualTo(Namespace.DEFAULT);
        assertThat(Namespace.ofAuthorization("")).isEqualTo(Namespace.DEFAULT);
        assertThat(Namespace.ofAuthorization("Credential=123456789012/20260101/eu-west-1/kinesis/aws4_request"))
                .isEqualTo(new Namespace("123456789012", "eu-west-1"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "Credential=",
                "Credential=AKID",
                "Credential=/20260101/eu-west-1/",
                "Credential=AKID/2026010/eu-west-1/",
                "Credential=AKID/202601011/eu-west-1/",
                "Credential=AKID/2026010x/eu-west-1/",
                "Credential=AKID/20260101//",
                "Credential=AKID/20260101/eu-west-1",
                "Credential=AKID,20260101/eu-west-1/",
                "Credential=AKID/20260101/region-that-is-longer-than-30-x/",
            })
    void whatIsNoScopeIsPassedOver(String authorization) {
        assertThat(Namespace.ofAuthorization(authorization)).isEqualTo(Namespace.DEFAULT);
        assertThat(Namespace.ofAuthorization(authorization + "Credential=AKID/20260101/us-west-2/"))
                .isEqualTo(new Namespace(Namespace.DEFAULT_ACCOUNT, "us-west-2"));
    }

    @Test
    void anAccessKeyOfOtherThanTwelveDigitsIsNoAccount() {
        for (String key : List.of("12345678901", "1234567890123", "12345678901x", "x".repeat(128))) {
            assertThat(Namespace.ofAuthorization("Credential=%s/20260101/eu-west-1/".formatted(key)))
                    .isEqualTo(new Namespace(Namespace.DEFAULT_ACCOUNT, "eu-west-1"));
        }
        assertThat(Namespace.ofAuthorization("Credential=%s/20260101/eu-west-1/".formatted("x".repeat(129))))
                .isEqualTo(Namespace.DEFAULT);
    }
}
