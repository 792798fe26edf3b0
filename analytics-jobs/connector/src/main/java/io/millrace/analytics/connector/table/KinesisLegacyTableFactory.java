package io.millrace.analytics.connector.table;

/** The same tables under the name that SQL of the connector's fifth age uses for the older option spelling. */
public final class KinesisLegacyTableFactory extends KinesisTableFactory {
    @Override
    public String factoryIdentifier() {
        return "kinesis-legacy";
    }
}
