package io.millrace.firehose;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

@AnalyzeClasses(
        packages = {"io.millrace.firehose.control", "io.millrace.firehose.catalog"},
        importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule controlKnowsNeitherFlinkNorTheJobNorStreams = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage(
                    "org.apache.flink..",
                    "io.millrace.firehose.job..",
                    "io.millrace.firehose.format..",
                    "io.millrace.firehose.delivery..",
                    "io.millrace.analytics..",
                    "io.millrace.ingest..")
            .because("the server plugs streams and jobs in, and a job is told what to do in JSON");

    @ArchTest
    static final ArchRule theCatalogKnowsNoDelivery = noClasses()
            .that()
            .resideInAPackage("..firehose.catalog..")
            .should()
            .dependOnClassesThat()
            .resideInAPackage("..firehose.control..");

    @ArchTest
    static final ArchRule packagesFormNoCycle =
            slices().matching("io.millrace.firehose.(**)").should().beFreeOfCycles();
}
