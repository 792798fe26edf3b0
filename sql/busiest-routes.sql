-- The three busiest routes of each day.
--
-- Reads the stream 'flights', counts flights by route and day of departure (event time, one hour of disorder allowed) and
-- writes the first three of each day to the stream 'busiest-routes'. Equal counts are ordered by the names of the
-- airports, so that the result is the same on every run.

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

CREATE TABLE busiest_routes (
  `day` TIMESTAMP(3),
  place BIGINT,
  origin STRING,
  destination STRING,
  flights BIGINT
) WITH (
  'connector' = 'kinesis',
  'stream' = 'busiest-routes',
  'format' = 'json'
);

INSERT INTO busiest_routes
SELECT window_start, place, origin, destination, flights
FROM (
  SELECT
    *,
    ROW_NUMBER() OVER (
      PARTITION BY window_start, window_end
      ORDER BY flights DESC, origin, destination
    ) AS place
  FROM (
    SELECT window_start, window_end, origin, destination, COUNT(*) AS flights
    FROM TABLE(TUMBLE(TABLE flights, DESCRIPTOR(departure), INTERVAL '1' DAY))
    GROUP BY window_start, window_end, origin, destination
  )
)
WHERE place <= 3;
