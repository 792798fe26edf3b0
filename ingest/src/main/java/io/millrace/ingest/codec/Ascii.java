package io.millrace.ingest.codec;

/** Which characters the names of streams are made of. */
final class Ascii {
    private static final String ARN_START = "arn:aws";
    private static final String ARN_SERVICE = ":kinesis:";
    private static final String ARN_RESOURCE = ":stream/";
    private static final int ACCOUNT_DIGITS = 12;

    private Ascii() {}

    static boolean isDigit(int c) {
        return c >= '0' && c <= '9';
    }

    static boolean isVisible(int c) {
        return c > ' ' && c < 0x7F;
    }

    /** Tells whether all characters may be part of a stream's name. */
    static boolean isName(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (!isNameCharacter(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    /**
     * Tells whether a text is the ARN of a stream in the form that every partition of AWS has. The API's pattern takes
     * more than that.
     */
    static boolean isStreamArn(String text) {
        int service = text.indexOf(ARN_SERVICE);
        int region = service + ARN_SERVICE.length();
        int account = text.indexOf(':', region) + 1;
        int resource = account + ACCOUNT_DIGITS;
        if (service < 0
                || account == 0
                || !text.startsWith(ARN_START)
                || !text.startsWith(ARN_RESOURCE, resource)
                || resource + ARN_RESOURCE.length() == text.length()) {
            return false;
        }
        for (int i = account; i < resource; i++) {
            if (!isDigit(text.charAt(i))) {
                return false;
            }
        }
        return isName(text.substring(ARN_START.length(), service))
                && isName(text.substring(region, account - 1))
                && isName(text.substring(resource + ARN_RESOURCE.length()));
    }

    private static boolean isNameCharacter(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || isDigit(c) || c == '-' || c == '_' || c == '.';
    }
}
