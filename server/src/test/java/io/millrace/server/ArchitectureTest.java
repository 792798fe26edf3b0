package io.millrace.server;

import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** The directions between the modules, of which this one sees all that run in the node. */
@AnalyzeClasses(packages = "io.millrace", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule dependenciesPointFromTheServerToTheFeaturesToTheProtocol = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .withOptionalLayers(true)
            .layer("server")
            .definedBy("io.millrace.server..")
            .layer("features")
            .definedBy(
                    "io.millrace.ingest..", "io.millrace.video..", "io.millrace.analytics..", "io.millrace.firehose..")
            .layer("protocol")
            .definedBy("io.millrace.protocol..")
            .layer("durable")
            .definedBy("io.millrace.durable..")
            .whereLayer("server")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("features")
            .mayOnlyBeAccessedByLayers("server")
            .whereLayer("protocol")
            .mayOnlyBeAccessedByLayers("features", "server")
            .whereLayer("durable")
            .mayOnlyBeAccessedByLayers("protocol", "features", "server");

    @ArchTest
    static final ArchRule featuresKnowNothingOfEachOther = slices().matching("io.millrace.(*)..")
            .that(new Features())
            .should()
            .notDependOnEachOther()
            .ignoreDependency(
                    resideInAPackage("io.millrace.firehose.job.."),
                    resideInAPackage("io.millrace.analytics.connector.."))
            .because("where a feature needs another it declares an interface, and the server plugs it in;"
                    + " only the delivery job reads with the connector");

    @ArchTest
    static final ArchRule theNodeRunsWithoutFlink = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.millrace.durable..",
                    "io.millrace.protocol..",
                    "io.millrace.ingest..",
                    "io.millrace.video..",
                    "io.millrace.analytics.control..",
                    "io.millrace.firehose.control..",
                    "io.millrace.firehose.catalog..",
                    "io.millrace.server..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("org.apache.flink..")
            .because("Flink is another process, reached over REST");

    @ArchTest
    static final ArchRule theProcessStartersKnowNothingOfTheNode = noClasses()
            .that()
            .resideInAnyPackage(
                    "io.millrace.server.files..",
                    "io.millrace.server.storage..",
                    "io.millrace.server.warehouse..",
                    "io.millrace.server.flink..",
                    "io.millrace.server.query..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "io.millrace.server.node..",
                    "io.millrace.server.cli..",
                    "io.millrace.server.config..",
                    "io.millrace.server.demo..")
            .allowEmptyShould(true);

    @ArchTest
    static final ArchRule packagesOfTheServerFormNoCycle =
            slices().matching("io.millrace.server.(*)..").should().beFreeOfCycles();
}
