-- Departure delay by origin airport and week.
--
-- Reads the stream 'flights', groups it into weeks of departure time (event time, one hour of disorder allowed), joins
-- the airports reference (s3://reference/airports.csv) and writes one record for each airport and week to the stream
-- 'departure-delay'. A week is written once a flight more than an hour past its end has arrived on every shard.

CREATE TABLE flights (
  `date` STRING,
  delay INT,
  distance INT,
  origin STRING,
  destination STRING,
  departure AS TO_TIMESTAMP(`date`, 'yyyy/MM/dd HH:mm'),
  WATERMARK FOR departure AS departure - INTERVAL '1' HOUR
) WITH (
  'connector' = 'kinesis',
  'stream' = 'flights',
  'source.init.position' = 'TRIM_HORIZON',
  'format' = 'json'
);

CREATE TABLE airports (
  iata STRING,
  name STRING,
  city STRING,
  state STRING,
  country STRING,
  latitude DOUBLE,
  longitude DOUBLE
) WITH (
  'connector' = 'filesystem',
  'path' = 's3://reference/airports.csv',
  'format' = 'csv',
  'csv.ignore-parse-errors' = 'true' -- the first line holds the names of the columns
);

CREATE TABLE departure_delay (
  week TIMESTAMP(3),
  origin STRING,
  airport STRING,
  city STRING,
  flights BIGINT,
  average_delay DOUBLE,
  worst_delay INT
) PARTITIONED BY (origin) WITH (
  'connector' = 'kinesis',
  'stream' = 'departure-delay',
  'format' = 'json'
);

INSERT INTO departure_delay
SELECT w.window_start, w.origin, a.name, a.city, w.flights, w.average_delay, w.worst_delay
FROM (
  SELECT
    window_start,
    window_end,
    origin,
    COUNT(*) AS flights,
    AVG(CAST(delay AS DOUBLE)) AS average_delay,
    MAX(delay) AS worst_delay
  FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departure), INTERVAL '7' DAYS))
  GROUP BY window_start, window_end, origin
) AS w
JOIN airports AS a ON w.origin = a.iata;
