/* Trains XOR and prints bits, the same on a PC and on an ATmega, whose serial port the simulator
   shows. Compiled with the net of test_avr.c. */

#include "xor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#ifdef __AVR__
#include <avr/interrupt.h>
#include <avr/io.h>
#include <avr/sleep.h>

static int put(char c, FILE *file) {
    (void)file;
    while (!(UCSR0A & (1 << UDRE0)))
        ;
    UDR0 = (uint8_t)c;
    return 0;
}

static FILE serial = FDEV_SETUP_STREAM(put, NULL, _FDEV_SETUP_WRITE);

static void start(void) {
    UCSR0B = 1 << TXEN0;
    UBRR0 = 0;
    stdout = &serial;
}

/* Asleep without interrupts: the simulator ends. */
static void stop(void) {
    cli();
    sleep_enable();
    sleep_cpu();
}
#else
static void start(void) {
}
static void stop(void) {
}
#endif

enum { STEPS = 60 };

static xor_net net;
static xor_net_work work;
static xor_net_predict_work scratch;

static void print(float value) {
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    printf("=%08" PRIx32 "\n", bits);
}

int main(void) {
    static const float x[8] = {0, 0, 0, 1, 1, 0, 1, 1}, y[4] = {0, 1, 1, 0};
    start();
    xor_net_init(&net, 1);
    for (int i = 0; i < STEPS; i++) {
        float loss = xor_net_train_step(&net, &work, 4, x, y);
        if (i % 20 == 19)
            print(loss);
    }
    for (int i = 0; i < 4; i++) {
        float p;
        xor_net_predict(&net, &scratch, x + 2 * i, &p);
        print(p);
    }
    stop();
    return 0;
}
