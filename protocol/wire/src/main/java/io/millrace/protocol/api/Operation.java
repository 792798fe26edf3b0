package io.millrace.protocol.api;

import io.millrace.protocol.endpoint.Answer;
import io.millrace.protocol.shape.BodyFormat;
import io.millrace.protocol.shape.MalformedBodyException;
import io.millrace.protocol.shape.ShapeReader;
import io.millrace.protocol.shape.ShapeWriter;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import software.amazon.awssdk.core.SdkPojo;

/** One operation of a service: takes a request body and sees to its answer. Thread-safe; never blocks an event loop. */
@FunctionalInterface
public interface Operation {

    /**
     * Serves one call, by answering {@link CallContext#exchange()} now or later.
     *
     * @throws ServiceException when the call is refused; nothing has been answered then
     */
    void serve(CallContext call, byte[] body) throws MalformedBodyException;

    /** What an operation does with its input; the stage may complete on any thread. */
    @FunctionalInterface
    interface Handler<I, O> {
        CompletionStage<? extends O> handle(I input, CallContext call);
    }

    /** What an operation does with its input when it sees to the answer itself. */
    @FunctionalInterface
    interface Server<I> {
        void serve(I input, CallContext call);
    }

    /**
     * An operation whose input is an SDK model class. No body is an empty input for the REST services and malformed for
     * the others, as on AWS.
     *
     * @param builder makes the builder of the input, for example {@code CreateStreamRequest::builder}
     */
    static <I> Operation reading(
            Supplier<? extends SdkPojo> builder, Class<I> inputType, Constraints constraints, Server<I> server) {
        return (call, body) -> {
            if (body.length == 0 && call.format() != BodyFormat.REST_JSON) {
                throw MalformedBodyException.missing();
            }
            I input = ShapeReader.read(body, call.format(), builder, inputType);
            constraints.check((SdkPojo) input);
            server.serve(input, call);
        };
    }

    /** An operation whose input and output are SDK model classes. */
    static <I> Operation of(
            Supplier<? extends SdkPojo> builder,
            Class<I> inputType,
            Constraints constraints,
            Handler<I, ? extends SdkPojo> handler) {
        return reading(builder, inputType, constraints, (input, call) -> {
            CompletionStage<? extends SdkPojo> stage = handler.handle(input, call);
            stage.whenComplete((output, failure) -> {
                if (failure != null) {
                    ErrorRenderer.answer(call, failure);
                } else {
                    answer(call, output);
                }
            });
        });
    }

    /** Answers with a shape and status 200. A shape without members gives the empty body that AWS sends. */
    static void answer(CallContext call, SdkPojo output) {
        byte[] body = output.sdkFields().isEmpty() ? new byte[0] : ShapeWriter.write(output, call.format());
        call.exchange().answer(new Answer(200, ErrorRenderer.headers(call.requestId(), call.format()), body));
    }
}
