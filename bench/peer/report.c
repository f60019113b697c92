/* SPDX-License-Identifier: Apache-2.0 */
/* What larwm-bench-peer prints: one JSON object a line, histograms as [upper end, count] pairs. */
#include "peer.h"

#include <stdio.h>

void
peer_report_histogram(const struct histogram *histogram)
{
    const char *comma = "";
    printf("{\"count\":%llu,\"p50\":%llu,\"p99\":%llu,\"p999\":%llu,\"max\":%llu,\"buckets\":[",
           (unsigned long long)histogram->count,
           (unsigned long long)histogram_percentile(histogram, 0.5),
           (unsigned long long)histogram_percentile(histogram, 0.99),
           (unsigned long long)histogram_percentile(histogram, 0.999),
           (unsigned long long)histogram->max_us);
    for (unsigned i = 0; i < HISTOGRAM_BUCKETS; i++) {
        if (histogram->counts[i] != 0) {
            printf("%s[%llu,%llu]", comma, (unsigned long long)histogram_upper(i),
                   (unsigned long long)histogram->counts[i]);
            comma = ",";
        }
    }
    printf("]}");
}

void
peer_report_run(const char *event, const struct peer_thread *threads, unsigned count,
                double seconds)
{
    static struct histogram all;
    unsigned links = 0;
    struct peer_thread sum = {.sent = 0};
    for (unsigned i = 0; i < count; i++) {
        histogram_merge(&all, &threads[i].histogram);
        links += threads[i].up;
        sum.sent += threads[i].sent;
        sum.answered += threads[i].answered;
        sum.in_time += threads[i].in_time;
        sum.refused += threads[i].refused;
        sum.unsent += threads[i].unsent;
        sum.lost += threads[i].lost;
        sum.resumed += threads[i].resumed;
    }
    printf("{\"event\":\"%s\",\"links\":%u,\"sent\":%llu,\"answered\":%llu,\"refused\":%llu,"
           "\"unsent\":%llu,\"lost\":%llu,\"resumed\":%llu,\"seconds\":%.3f,\"rate\":%.1f,"
           "\"histogram\":",
           event, links, (unsigned long long)sum.sent, (unsigned long long)sum.answered,
           (unsigned long long)sum.refused, (unsigned long long)sum.unsent,
           (unsigned long long)sum.lost, (unsigned long long)sum.resumed, seconds,
           (double)sum.in_time / seconds);
    peer_report_histogram(&all);
    printf("}\n");
    (void)fflush(stdout);
}
