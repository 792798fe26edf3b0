package io.millrace.analytics.connector.source;

import java.io.IOException;
import java.io.Serializable;
import org.apache.flink.api.common.serialization.DeserializationSchema;
import org.apache.flink.api.common.typeinfo.TypeInformation;
import org.apache.flink.util.Collector;

/** Turns records into the elements of the source. Confined to one task. */
public interface KinesisDeserializer<T> extends Serializable {

    /** Called once before the first record. */
    default void open(DeserializationSchema.InitializationContext context) throws Exception {}

    /** Emits no element, one, or several. */
    void deserialize(KinesisRecord record, Collector<T> out) throws IOException;

    TypeInformation<T> producedType();
}
