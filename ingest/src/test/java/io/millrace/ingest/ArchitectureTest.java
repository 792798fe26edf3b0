package io.millrace.ingest;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.millrace.protocol.api.ServiceException;

@AnalyzeClasses(packages = "io.millrace.ingest", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule requestsFlowFromApiToStreamsToLogAndNeverBack = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("node")
            .definedBy("io.millrace.ingest")
            .layer("api")
            .definedBy("io.millrace.ingest.api..")
            .layer("codec")
            .definedBy("io.millrace.ingest.codec..")
            .layer("streams")
            .definedBy("io.millrace.ingest.streams..")
            .layer("log")
            .definedBy("io.millrace.ingest.log..")
            .whereLayer("node")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("api")
            .mayOnlyBeAccessedByLayers("node")
            .whereLayer("codec")
            .mayOnlyBeAccessedByLayers("api")
            .whereLayer("streams")
            .mayOnlyBeAccessedByLayers("node", "api", "codec")
            .whereLayer("log")
            // a record read goes up as the log kept it, without a copy
            .mayOnlyBeAccessedByLayers("node", "api", "codec", "streams");

    @ArchTest
    static final ArchRule handlersReadRecordsButNeverCallTheLog = noClasses()
            .that()
            .resideInAPackage("io.millrace.ingest.api..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(io.millrace.ingest.log.ShardLog.class)
            .because("which shard takes a record is decided by the streams");

    @ArchTest
    static final ArchRule theLogKnowsNoWireErrors = noClasses()
            .that()
            .resideInAPackage("io.millrace.ingest.log..")
            .should()
            .dependOnClassesThat()
            .areAssignableTo(ServiceException.class)
            .because("a caller learns of failure through IOException and maps it itself");

    @ArchTest
    static final ArchRule onlyTheEmbeddedLogKnowsItsFiles = noClasses()
            .that()
            .resideOutsideOfPackages("io.millrace.ingest", "io.millrace.ingest.log.segment..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("io.millrace.ingest.log.segment..")
            .because("another log may take its place");

    @ArchTest
    static final ArchRule streamsAndLogKnowNoNetwork = noClasses()
            .that()
            .resideInAnyPackage("io.millrace.ingest.streams..", "io.millrace.ingest.log..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.millrace.protocol.endpoint..", "software.amazon..")
            .because("they are called by other parts of the node too");

    @ArchTest
    static final ArchRule theNodeRunsWithoutFlink = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.flink..")
            .because("a node must start and serve without a Flink class on its path");

    @ArchTest
    static final ArchRule handlersAreHiddenInTheirPackage =
            com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes()
                    .that()
                    .haveSimpleNameEndingWith("Handler")
                    .or()
                    .haveSimpleNameEndingWith("Handlers")
                    .should()
                    .notBePublic();

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.millrace.ingest.(**)").should().beFreeOfCycles();
}
