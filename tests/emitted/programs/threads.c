/* Two threads predict with one const net, each with its own scratch: both get what one alone gets.
   For ThreadSanitizer. */

#include "net.h"

#include <pthread.h>

typedef struct {
    const Net *net;
    Data data;
    REAL *out[OUTPUTS];
} Job;

static void *predict(void *argument) {
    Job *job = (Job *)argument;
    PredictWork *work = predict_work_new();
    for (int i = 0; i < 20; i++)
        CALL(_predict_batch)
        (job->net, work, job->data.n, INPUTS_OF(job->data.in), OUTPUTS_OF(job->out));
    free(work);
    return NULL;
}

static Job job_new(const Net *net) {
    Job job = {.net = net, .data = data_new(37, 5)};
    for (size_t k = 0; k < OUTPUTS; k++)
        job.out[k] = (REAL *)calloc(job.data.n * NETWORK->outputs[k].count, sizeof(REAL));
    return job;
}

static void job_free(Job *job) {
    for (size_t k = 0; k < OUTPUTS; k++)
        free(job->out[k]);
    data_free(&job->data);
}

int main(void) {
    Net *net = net_new(3);
    Job jobs[3] = {job_new(net), job_new(net), job_new(net)};
    pthread_t threads[2];
    for (int i = 0; i < 2; i++)
        CHECK(pthread_create(&threads[i], NULL, predict, &jobs[i]) == 0, "no thread");
    for (int i = 0; i < 2; i++)
        pthread_join(threads[i], NULL);
    predict(&jobs[2]);
    for (int i = 0; i < 2; i++)
        for (size_t k = 0; k < OUTPUTS; k++)
            CHECK(memcmp(jobs[i].out[k], jobs[2].out[k],
                         jobs[2].data.n * NETWORK->outputs[k].count * sizeof(REAL)) == 0,
                  "thread %d", i);
    for (int i = 0; i < 3; i++)
        job_free(&jobs[i]);
    free(net);
    return 0;
}
