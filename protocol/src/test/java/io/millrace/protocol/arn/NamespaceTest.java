package io.millrace.protocol.arn;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class NamespaceTest {
    private static final int MAX_HEADER_CHARS = 16 * 1024;

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

    @Test
    void aHeaderThatBeginsManyCredentialsIsLookedThroughOnce() {
        CountedText header = new CountedText("Credential=".repeat(MAX_HEADER_CHARS / 11));
        assertThat(Namespace.ofAuthorization(header)).isEqualTo(Namespace.DEFAULT);
        assertThat(header.looks).isLessThan(20L * MAX_HEADER_CHARS);
    }

    /** Counts how often its characters are looked at. */
    private static final class CountedText implements CharSequence {
        private final String text;
        private long looks;

        CountedText(String text) {
            this.text = text;
        }

        @Override
        public char charAt(int index) {
            looks++;
            return text.charAt(index);
        }

        @Override
        public int length() {
            return text.length();
        }

        @Override
        public CharSequence subSequence(int start, int end) {
            return text.subSequence(start, end);
        }

        @Override
        public String toString() {
            return text;
        }
    }
}
