package io.millrace.analytics.control;

import io.millrace.durable.documents.DocumentStore;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * One random history of jobs, faults and restarts.
 *
 * <p>Every accepted job is checked when the cluster takes it: no other job of its name runs, it is not run again after it has
 * finished, and it begins where the newest checkpoint of its name was or later. Names are used once, so that two jobs of one
 * name are two runs of one job.
 */
final class Schedule implements AutoCloseable {
    private static final Duration LIMIT = Duration.ofMillis(60);
    private static final int STEPS = 20;
    private static final int ROUNDS_TO_SETTLE = 1000;

    private final SplittableRandom random;
    private final Path directory;
    private final TestClock clock = new TestClock();
    private final FakeFlink flink = new FakeFlink();
    private final FaultyProxy proxy = new FaultyProxy(flink.url());
    private final List<String> history = Collections.synchronizedList(new ArrayList<>());
    private final List<String> violations = Collections.synchronizedList(new ArrayList<>());
    /** How far the job of a name has come, as its newest checkpoint says. Guarded by the fake. */
    private final Map<String, Integer> progress = new HashMap<>();
    /** Names of which the node could see that they have finished. Guarded by the fake. */
    private final Set<String> finished = new TreeSet<>();

    /** Names that finished on a cluster that was then lost. Guarded by the fake. */
    private final Set<String> unknowable = new TreeSet<>();

    private final Set<String> promised = ConcurrentHashMap.newKeySet();
    private final Set<String> stopped = ConcurrentHashMap.newKeySet();
    private ManagedJobs jobs;
    private int names;

    Schedule(long seed, Path directory) throws IOException {
        this.random = new SplittableRandom(seed);
        this.directory = directory;
        flink.onAccepted = this::check;
        Files.writeString(directory.resolve("job.jar"), "jar");
        jobs = open();
    }

    private ManagedJobs open() throws IOException {
        RestClient.Limits limits = new RestClient.Limits(LIMIT, LIMIT);
        return ManagedJobs.open(
                new ManagedJobs.Setup(
                        DocumentStore.open(directory.resolve("jobs")),
                        DocumentStore.open(directory.resolve("identity")),
                        new ManagedJobs.Flink(
                                new FlinkCluster(ClusterAccess.Source.open(proxy.url()), limits),
                                new SqlGateway(ClusterAccess.Source.open(proxy.url()), limits)),
                        Map.of("jar", directory.resolve("job.jar")),
                        directory.resolve("checkpoints"),
                        Duration.ofSeconds(1)),
                clock,
                random.split()::nextLong);
    }

    /** Is called under the lock of the fake. */
    private void check(String name, String id) {
        history.add("accepted %s as %s".formatted(name, id.substring(16)));
        flink.statuses.forEach((other, status) -> {
            if (name.equals(flink.names.get(other)) && !NextStep.isTerminal(status)) {
                violations.add("%s runs twice, as %s and %s; %s".formatted(name, other, id, history));
            }
        });
        if (finished.contains(name)) {
            violations.add("%s is run again after it has finished; %s".formatted(name, history));
        }
        String from = flink.restoredFrom.get(id);
        int start = from.isEmpty() ? 0 : Integer.parseInt(from.replaceAll(".*/chk-([0-9]+)/?$", "$1"));
        if (start < progress.getOrDefault(name, 0)) {
            violations.add("%s goes back from %s to %s; %s".formatted(name, progress.get(name), start, history));
        }
    }

    void run() throws Exception {
        proxy.setFaults(this::fault);
        for (int step = 0; step < STEPS; step++) {
            act();
            jobs.reconcile();
            work();
            clock.advance(Duration.ofMillis(500L + random.nextInt(3000)));
        }
    }

    private synchronized FaultyProxy.Fault fault(String method, String path) {
        long late = LIMIT.toMillis() + 20;
        int kind = random.nextInt(path.endsWith("/run") || path.contains("/statements") ? 8 : 24);
        FaultyProxy.Fault fault = switch (kind) {
            case 0 -> new FaultyProxy.Fault(late + random.nextInt(120), 0, 1, false);
            case 1 -> new FaultyProxy.Fault(0, late, 1, false);
            case 2 -> FaultyProxy.Fault.DROPPED;
            case 3 -> new FaultyProxy.Fault(0, 0, 1, true);
            case 4 -> new FaultyProxy.Fault(0, 0, 2, false);
            case 5 -> new FaultyProxy.Fault(random.nextInt(40), random.nextInt(30), 1, false);
            default -> FaultyProxy.Fault.NONE;
        };
        if (!fault.equals(FaultyProxy.Fault.NONE)) {
            history.add("%s %s: %s".formatted(method, path.replaceAll("[0-9a-f]{16}", ""), fault));
        }
        return fault;
    }

    private void act() throws Exception {
        int kind;
        synchronized (this) {
            kind = random.nextInt(12);
        }
        switch (kind) {
            case 0, 1 -> {
                String name = "delivery-" + ++names;
                history.add("want " + name);
                jobs.want(JobSpec.ofJar(name, new JobSpec.JarJob("jar", "Main", List.of(), Map.of())));
                promised.add(name);
            }
            case 2, 3, 4 -> startSql("app-" + ++names);
            case 5 -> {
                List<JobState> all = jobs.states();
                if (!all.isEmpty()) {
                    String name = all.get(pick(all.size())).name();
                    history.add("stop " + name);
                    stopped.add(name);
                    jobs.stop(name);
                }
            }
            case 6 -> {
                history.add("the control side is restarted");
                jobs.close();
                jobs = open();
            }
            case 7 -> replaceCluster();
            case 8 -> end("FINISHED");
            case 9 -> end("FAILED");
            default -> {}
        }
    }

    private void startSql(String name) {
        history.add("start " + name);
        jobs.start(JobSpec.ofSql(name, new JobSpec.SqlJob(List.of("CREATE TABLE a"), "INSERT INTO a")))
                .whenComplete((start, refused) -> {
                    history.add(name + (refused == null ? " is kept" : " is refused: " + refused));
                    if (refused == null) {
                        promised.add(name);
                    }
                });
    }

    private void replaceCluster() {
        synchronized (flink) {
            history.add("the cluster is replaced");
            proxy.targetIsReplaced();
            flink.replace();
            unknowable.addAll(finished); // unless the node saw it before
            finished.clear();
        }
    }

    private void end(String status) {
        synchronized (flink) {
            List<String> running = running();
            if (!running.isEmpty()) {
                String id = running.get(pick(running.size()));
                String name = flink.names.get(id);
                if (name.startsWith("app") || status.equals("FAILED")) {
                    history.add("%s: %s".formatted(name, status));
                    flink.statuses.put(id, status);
                    if (status.equals("FINISHED")) {
                        finished.add(name);
                    }
                }
            }
        }
    }

    private synchronized int pick(int bound) {
        return random.nextInt(bound);
    }

    /** Each running job completes a checkpoint. */
    private void work() {
        synchronized (flink) {
            for (String id : running()) {
                int number = progress.merge(flink.names.get(id), 1, Integer::sum);
                try {
                    Path folder = Files.createDirectories(
                            directory.resolve("checkpoints").resolve(id).resolve("chk-" + number));
                    CheckpointsTest.write(folder);
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        }
    }

    private List<String> running() {
        return flink.statuses.entrySet().stream()
                .filter(job -> !NextStep.isTerminal(job.getValue()))
                .map(Map.Entry::getKey)
                .toList();
    }

    /** Lets everything arrive and come to rest. */
    void settle() throws Exception {
        proxy.setFaults((method, path) -> FaultyProxy.Fault.NONE);
        int calm = 0;
        for (int round = 0; round < ROUNDS_TO_SETTLE && calm < 3; round++) {
            jobs.reconcile();
            clock.advance(Duration.ofSeconds(5));
            TimeUnit.MILLISECONDS.sleep(10); // for the calls that are made by other threads
            boolean rests = proxy.isIdle()
                    && jobs.states().stream().allMatch(JobState::isRunning)
                    && runningNames().size() == jobs.states().size();
            calm = rests ? calm + 1 : 0;
        }
    }

    List<String> violations() {
        List<String> all = new ArrayList<>(violations);
        Set<String> known = new TreeSet<>(wantedNames());
        promised.stream()
                .filter(name -> !stopped.contains(name) && !known.contains(name))
                .filter(name -> !finished.contains(name) && !unknowable.contains(name))
                .forEach(name -> all.add("%s was promised and is lost; %s".formatted(name, history)));
        Stream.concat(stopped.stream(), finished.stream())
                .filter(known::contains)
                .forEach(name -> all.add("%s is wanted though it is over; %s".formatted(name, history)));
        return all;
    }

    List<String> runningNames() {
        synchronized (flink) {
            return running().stream().map(flink.names::get).toList();
        }
    }

    List<String> wantedNames() {
        return jobs.states().stream().map(JobState::name).toList();
    }

    @Override
    public String toString() {
        return "jobs %s; history %s".formatted(jobs.states(), history);
    }

    @Override
    public void close() {
        jobs.close();
        proxy.close();
        flink.close();
    }
}
