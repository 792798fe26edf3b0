package io.millrace.video;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.Architectures.layeredArchitecture;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import io.millrace.protocol.api.ServiceException;
import java.time.Instant;

@AnalyzeClasses(packages = "io.millrace.video", importOptions = ImportOption.DoNotIncludeTests.class)
class ArchitectureTest {

    @ArchTest
    static final ArchRule requestsFlowFromApiToTheStoreAndNeverBack = layeredArchitecture()
            .consideringOnlyDependenciesInLayers()
            .layer("api")
            .definedBy("io.millrace.video.api..")
            .layer("streams")
            .definedBy("io.millrace.video.streams..")
            .layer("fragments")
            .definedBy("io.millrace.video.fragments..")
            .layer("mkv")
            .definedBy("io.millrace.video.mkv..")
            .whereLayer("api")
            .mayNotBeAccessedByAnyLayer()
            .whereLayer("streams")
            .mayOnlyBeAccessedByLayers("api")
            .whereLayer("fragments")
            .mayOnlyBeAccessedByLayers("api", "streams")
            .whereLayer("mkv")
            .mayOnlyBeAccessedByLayers("api");

    @ArchTest
    static final ArchRule theStoreAndTheParserKnowNoWire = noClasses()
            .that()
            .resideInAnyPackage("io.millrace.video.fragments..", "io.millrace.video.mkv..")
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("io.netty..", "io.millrace.protocol.endpoint..", "software.amazon..")
            .orShould()
            .dependOnClassesThat()
            .areAssignableTo(ServiceException.class)
            .because("they answer no requests");

    @ArchTest
    static final ArchRule theNodeRunsWithoutFlinkAndFeaturesDoNotKnowEachOther = noClasses()
            .should()
            .dependOnClassesThat()
            .resideInAnyPackage("org.apache.flink..", "io.millrace.ingest..")
            .because("a node must start and serve without a Flink class, and the server puts features together");

    @ArchTest
    static final ArchRule timeComesFromAClock = noClasses()
            .should()
            .callMethod(System.class, "currentTimeMillis")
            .orShould()
            .callMethod(Instant.class, "now")
            .orShould()
            .callMethod(Thread.class, "sleep", long.class)
            .because("a test moves time forward itself");
}
