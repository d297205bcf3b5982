/* Names of the C library, of C11 and POSIX: what a caller may have included beside a net's header.
   In: the name of a network. Out: one that the library does not have. Capitals and what names.c
   keeps from every identifier are left out. */

#include "base/base.h"

#include <ctype.h>
#include <string.h>

/* Words between blanks: functions, objects, types, tags and macros. */
static const char *const words[] = {
    /* assert.h */
    " assert ",
    /* complex.h */
    " cabs cabsf cabsl cacos cacosf cacosh cacoshf cacoshl cacosl carg cargf cargl casin casinf"
    " casinh casinhf casinhl casinl catan catanf catanh catanhf catanhl catanl ccos ccosf ccosh"
    " ccoshf ccoshl ccosl cexp cexpf cexpl cimag cimagf cimagl clog clogf clogl complex conj"
    " conjf conjl cpow cpowf cpowl cproj cprojf cprojl creal crealf creall csin csinf csinh"
    " csinhf csinhl csinl csqrt csqrtf csqrtl ctan ctanf ctanh ctanhf ctanhl ctanl ",
    /* ctype.h */
    " isalnum isalpha isascii isblank iscntrl isdigit isgraph islower isprint ispunct isspace"
    " isupper isxdigit toascii tolower toupper ",
    /* fenv.h */
    " feclearexcept fegetenv fegetexceptflag fegetround feholdexcept feraiseexcept fesetenv"
    " fesetexceptflag fesetround fetestexcept feupdateenv ",
    /* inttypes.h */
    " imaxabs imaxdiv strtoimax strtoumax wcstoimax wcstoumax ",
    /* locale.h */
    " duplocale freelocale lconv localeconv newlocale setlocale uselocale ",
    /* math.h */
    " acos acosf acosh acoshf acoshl acosl asin asinf asinh asinhf asinhl asinl atan2 atan2f"
    " atan2l atanf atanh atanhf atanhl atanl cbrt cbrtf cbrtl ceil ceilf ceill copysign"
    " copysignf copysignl cosf cosh coshf coshl cosl erf erfc erfcf erfcl erff erfl exp2 exp2f"
    " exp2l expf expl expm1 expm1f expm1l fabs fabsf fabsl fdim fdimf fdiml floorf floorl fma"
    " fmaf fmal fmax fmaxf fmaxl fmin fminf fminl fmod fmodf fmodl fpclassify frexp frexpf"
    " frexpl hypot hypotf hypotl ilogb ilogbf ilogbl isfinite isgreater isgreaterequal isinf"
    " isless islessequal islessgreater isnan isnormal isunordered ldexp ldexpf ldexpl lgamma"
    " lgammaf lgammal llrint llrintf llrintl llround llroundf llroundl log10 log10f log10l log1p"
    " log1pf log1pl log2 log2f log2l logb logbf logbl logf logl lrint lrintf lrintl lround"
    " lroundf lroundl math_errhandling modf modff modfl nan nanf nanl nearbyint nearbyintf"
    " nearbyintl nextafter nextafterf nextafterl nexttoward nexttowardf nexttowardl powf powl"
    " remainder remainderf remainderl remquo remquof remquol rint rintf rintl round roundf"
    " roundl scalbln scalblnf scalblnl scalbn scalbnf scalbnl signbit sinf sinh sinhf sinhl sinl"
    " sqrtf sqrtl tanf tanhf tanhl tanl tgamma tgammaf tgammal trunc truncf truncl ",
    /* setjmp.h */
    " jmp_buf longjmp setjmp sigjmp_buf siglongjmp sigsetjmp ",
    /* signal.h */
    " kill killpg psiginfo psignal raise sigaction sigaddset sigaltstack sigdelset sigemptyset"
    " sigevent sigfillset sighold sigignore siginterrupt sigismember signal sigpause sigpending"
    " sigprocmask sigqueue sigrelse sigset sigsuspend sigtimedwait sigval sigwait sigwaitinfo"
    " timespec ",
    /* stdarg.h */
    " va_arg va_copy va_end va_list va_start ",
    /* stdatomic.h */
    " atomic_bool atomic_char atomic_compare_exchange_strong"
    " atomic_compare_exchange_strong_explicit atomic_compare_exchange_weak"
    " atomic_compare_exchange_weak_explicit atomic_exchange atomic_exchange_explicit"
    " atomic_fetch_add atomic_fetch_add_explicit atomic_fetch_and atomic_fetch_and_explicit"
    " atomic_fetch_or atomic_fetch_or_explicit atomic_fetch_sub atomic_fetch_sub_explicit"
    " atomic_fetch_xor atomic_fetch_xor_explicit atomic_flag atomic_flag_clear"
    " atomic_flag_clear_explicit atomic_flag_test_and_set atomic_flag_test_and_set_explicit"
    " atomic_init atomic_int atomic_is_lock_free atomic_llong atomic_load atomic_load_explicit"
    " atomic_long atomic_schar atomic_short atomic_signal_fence atomic_store"
    " atomic_store_explicit atomic_thread_fence atomic_uchar atomic_uint atomic_ullong"
    " atomic_ulong atomic_ushort kill_dependency memory_order memory_order_acq_rel"
    " memory_order_acquire memory_order_consume memory_order_relaxed memory_order_release"
    " memory_order_seq_cst ",
    /* stdio.h */
    " clearerr ctermid dprintf fclose fdopen feof ferror fflush fgetc fgetpos fgets fileno"
    " flockfile fmemopen fopen fprintf fputc fputs fread freopen fscanf fseek fseeko fsetpos"
    " ftell ftello ftrylockfile funlockfile fwrite getc getchar getdelim getline open_memstream"
    " pclose perror popen printf putc putchar puts remove rename renameat rewind scanf setbuf"
    " setvbuf snprintf sprintf sscanf stderr stdin stdout tempnam tmpfile tmpnam ungetc vdprintf"
    " vfprintf vfscanf vprintf vscanf vsnprintf vsprintf vsscanf ",
    /* stdlib.h */
    " a64l abort aligned_alloc at_quick_exit atexit atof atoi atol atoll bsearch calloc drand48"
    " erand48 exit free getenv getsubopt grantpt initstate jrand48 l64a labs lcong48 ldiv llabs"
    " lldiv lrand48 malloc mblen mbstowcs mbtowc mkdtemp mkstemp mrand48 nrand48 posix_memalign"
    " posix_openpt ptsname putenv qsort quick_exit rand rand_r random realloc realpath seed48"
    " setenv setstate srand srand48 srandom strtod strtof strtol strtold strtoll strtoul"
    " strtoull system unlockpt unsetenv wcstombs wctomb ",
    /* stdnoreturn.h */
    " noreturn ",
    /* string.h */
    " memccpy memchr memmove stpcpy stpncpy strcat strchr strcoll strcpy strcspn strdup strerror"
    " strerror_r strncat strncmp strncpy strndup strnlen strpbrk strrchr strsignal strspn strstr"
    " strtok strtok_r strxfrm ",
    /* time.h */
    " asctime asctime_r clock ctime ctime_r daylight difftime getdate getdate_err gmtime"
    " gmtime_r itimerspec localtime localtime_r mktime nanosleep strftime strptime timespec_get"
    " timezone tm tzname tzset ",
    /* uchar.h */
    " c16rtomb c32rtomb mbrtoc16 mbrtoc32 ",
    /* wchar.h */
    " btowc fgetwc fgetws fputwc fputws fwide fwprintf fwscanf getwc getwchar iswalnum iswalpha"
    " iswblank iswcntrl iswctype iswdigit iswgraph iswlower iswprint iswpunct iswspace iswupper"
    " iswxdigit mbrlen mbrtowc mbsinit mbsnrtowcs mbsrtowcs open_wmemstream putwc putwchar"
    " swprintf swscanf towlower towupper ungetwc vfwprintf vfwscanf vswprintf vswscanf vwprintf"
    " vwscanf wcpcpy wcpncpy wcrtomb wcscasecmp wcscat wcschr wcscmp wcscoll wcscpy wcscspn"
    " wcsdup wcsftime wcslen wcsncasecmp wcsncat wcsncmp wcsncpy wcsnlen wcsnrtombs wcspbrk"
    " wcsrchr wcsrtombs wcsspn wcsstr wcstod wcstof wcstok wcstol wcstold wcstoll wcstoul"
    " wcstoull wcswcs wcswidth wcsxfrm wctob wctype wcwidth wmemchr wmemcmp wmemcpy wmemmove"
    " wmemset wprintf wscanf ",
    /* wctype.h */
    " towctrans wctrans ",
    /* threads.h */
    " call_once cnd_broadcast cnd_destroy cnd_init cnd_signal cnd_timedwait cnd_wait mtx_destroy"
    " mtx_init mtx_lock mtx_plain mtx_recursive mtx_timed mtx_timedlock mtx_trylock mtx_unlock"
    " once_flag thrd_busy thrd_create thrd_current thrd_detach thrd_equal thrd_error thrd_exit"
    " thrd_join thrd_nomem thrd_sleep thrd_success thrd_timedout thrd_yield tss_create"
    " tss_delete tss_get tss_set ",
    /* POSIX */
    " accept access addrinfo aio_cancel aio_error aio_fsync aio_read aio_return aio_suspend"
    " aio_write aiocb alarm alphasort basename bind catclose catgets catopen cfgetispeed"
    " cfgetospeed cfsetispeed cfsetospeed chdir chmod chown clock_getcpuclockid clock_getres"
    " clock_gettime clock_nanosleep clock_settime close closedir closelog cmsghdr confstr"
    " connect creat d_fileno dirent dirfd dirname dlclose dlerror dlopen dlsym dup dup2 endgrent"
    " endhostent endnetent endorder endprotoent endpwent endservent endutxent entry execl execle"
    " execlp execv execve execvp faccessat fchdir fchmod fchmodat fchown fchownat fcntl fd_set"
    " fdatasync fdopendir fexecve ffs flock fmtmsg fnmatch fork fpathconf freeaddrinfo fstat"
    " fstatat fstatvfs fsync ftok ftruncate ftw futimens gai_strerror getaddrinfo getcwd getegid"
    " geteuid getgid getgrent getgrgid getgrgid_r getgrnam getgrnam_r getgroups gethostbyaddr"
    " gethostbyname gethostent gethostid gethostname getitimer getlogin getlogin_r getnameinfo"
    " getnetbyaddr getnetbyname getnetent getopt getpeername getpgid getpgrp getpid getppid"
    " getpriority getprotobyname getprotobynumber getprotoent getpwent getpwnam getpwnam_r"
    " getpwuid getpwuid_r getrlimit getrusage getservbyname getservbyport getservent getsid"
    " getsockname getsockopt gettimeofday getuid getutxent getutxid getutxline glob globfree"
    " group hcreate hdestroy hostent hsearch htonl htons iconv iconv_close iconv_open"
    " if_freenameindex if_indextoname if_nameindex if_nametoindex in6_addr in6addr_any"
    " in6addr_loopback in_addr inet_addr inet_lnaof inet_makeaddr inet_netof inet_network"
    " inet_ntoa inet_ntop inet_pton insque iovec ipc_perm ipv6_mreq isalnum_l isalpha_l isatty"
    " isblank_l iscntrl_l isdigit_l isgraph_l islower_l isprint_l ispunct_l isspace_l isupper_l"
    " iswalnum_l iswalpha_l iswblank_l iswcntrl_l iswctype_l iswdigit_l iswgraph_l iswlower_l"
    " iswprint_l iswpunct_l iswspace_l iswupper_l iswxdigit_l isxdigit_l itimerval lchown leaf"
    " lfind linger link linkat lio_listio listen lockf lsearch lseek lstat mkdir mkdirat mkfifo"
    " mkfifoat mknod mknodat mlock mlockall mmap mprotect mq_attr mq_close mq_getattr mq_notify"
    " mq_open mq_receive mq_send mq_setattr mq_timedreceive mq_timedsend mq_unlink msgctl msgget"
    " msghdr msgrcv msgsnd msqid_ds msync munlock munlockall munmap netent nftw nice nl_catd"
    " nl_item nl_langinfo nl_langinfo_l ntohl ntohs open openat opendir openlog optarg opterr"
    " optind optopt passwd pathconf pause pipe poll pollfd posix_fadvise posix_fallocate"
    " posix_madvise posix_spawn posix_spawn_file_actions_addclose"
    " posix_spawn_file_actions_adddup2 posix_spawn_file_actions_addopen"
    " posix_spawn_file_actions_destroy posix_spawn_file_actions_init posix_spawnattr_destroy"
    " posix_spawnattr_getflags posix_spawnattr_getpgroup posix_spawnattr_getschedparam"
    " posix_spawnattr_getschedpolicy posix_spawnattr_getsigdefault posix_spawnattr_getsigmask"
    " posix_spawnattr_init posix_spawnattr_setflags posix_spawnattr_setpgroup"
    " posix_spawnattr_setschedparam posix_spawnattr_setschedpolicy posix_spawnattr_setsigdefault"
    " posix_spawnattr_setsigmask posix_spawnp postorder pread preorder protoent pselect"
    " pthread_atfork pthread_attr_destroy pthread_attr_getdetachstate pthread_attr_getguardsize"
    " pthread_attr_getinheritsched pthread_attr_getschedparam pthread_attr_getschedpolicy"
    " pthread_attr_getscope pthread_attr_getstack pthread_attr_getstackaddr"
    " pthread_attr_getstacksize pthread_attr_init pthread_attr_setdetachstate"
    " pthread_attr_setguardsize pthread_attr_setinheritsched pthread_attr_setschedparam"
    " pthread_attr_setschedpolicy pthread_attr_setscope pthread_attr_setstack"
    " pthread_attr_setstackaddr pthread_attr_setstacksize pthread_barrier_destroy"
    " pthread_barrier_init pthread_barrier_wait pthread_barrierattr_destroy"
    " pthread_barrierattr_getpshared pthread_barrierattr_init pthread_barrierattr_setpshared"
    " pthread_cancel pthread_cleanup_pop pthread_cleanup_push pthread_cond_broadcast ",
    " pthread_cond_destroy pthread_cond_init pthread_cond_signal pthread_cond_timedwait"
    " pthread_cond_wait pthread_condattr_destroy pthread_condattr_getclock"
    " pthread_condattr_getpshared pthread_condattr_init pthread_condattr_setclock"
    " pthread_condattr_setpshared pthread_create pthread_detach pthread_equal pthread_exit"
    " pthread_getconcurrency pthread_getcpuclockid pthread_getschedparam pthread_getspecific"
    " pthread_join pthread_key_create pthread_key_delete pthread_kill pthread_mutex_consistent"
    " pthread_mutex_destroy pthread_mutex_getprioceiling pthread_mutex_init pthread_mutex_lock"
    " pthread_mutex_setprioceiling pthread_mutex_timedlock pthread_mutex_trylock"
    " pthread_mutex_unlock pthread_mutexattr_destroy pthread_mutexattr_getprioceiling"
    " pthread_mutexattr_getprotocol pthread_mutexattr_getpshared pthread_mutexattr_getrobust"
    " pthread_mutexattr_gettype pthread_mutexattr_init pthread_mutexattr_setprioceiling"
    " pthread_mutexattr_setprotocol pthread_mutexattr_setpshared pthread_mutexattr_setrobust"
    " pthread_mutexattr_settype pthread_once pthread_rwlock_destroy pthread_rwlock_init"
    " pthread_rwlock_rdlock pthread_rwlock_timedrdlock pthread_rwlock_timedwrlock"
    " pthread_rwlock_tryrdlock pthread_rwlock_trywrlock pthread_rwlock_unlock"
    " pthread_rwlock_wrlock pthread_rwlockattr_destroy pthread_rwlockattr_getkind_np"
    " pthread_rwlockattr_getpshared pthread_rwlockattr_init pthread_rwlockattr_setkind_np"
    " pthread_rwlockattr_setpshared pthread_self pthread_setcancelstate pthread_setcanceltype"
    " pthread_setconcurrency pthread_setschedparam pthread_setschedprio pthread_setspecific"
    " pthread_sigmask pthread_spin_destroy pthread_spin_init pthread_spin_lock"
    " pthread_spin_trylock pthread_spin_unlock pthread_testcancel pututxline pwrite"
    " re_pattern_buffer re_syntax_options read readdir readdir_r readlink readlinkat readv recv"
    " recvfrom recvmsg regcomp regerror regexec regfree remque rewinddir rlimit rmdir rusage"
    " scandir sched_get_priority_max sched_get_priority_min sched_getparam sched_getscheduler"
    " sched_param sched_priority sched_rr_get_interval sched_setparam sched_setscheduler"
    " sched_yield seekdir select sem_close sem_destroy sem_getvalue sem_init sem_open sem_post"
    " sem_timedwait sem_trywait sem_unlink sem_wait sembuf semctl semget semid_ds semop send"
    " sendmsg sendto servent setegid seteuid setgid setgrent sethostent setitimer setlogmask"
    " setnetent setpgid setpgrp setpriority setprotoent setpwent setregid setreuid setrlimit"
    " setservent setsid setsockopt setuid setutxent shm_open shm_unlink shmat shmctl shmdt"
    " shmget shmid_ds shutdown sleep sockaddr sockaddr_in sockaddr_in6 sockaddr_storage"
    " sockaddr_un sockatmark socket socketpair stat statvfs strcasecmp strcasecmp_l strcoll_l"
    " strerror_l strfmon strfmon_l strftime_l strncasecmp strncasecmp_l strxfrm_l swab symlink"
    " symlinkat sync sysconf syslog tcdrain tcflow tcflush tcgetattr tcgetpgrp tcgetsid"
    " tcsendbreak tcsetattr tcsetpgrp tdelete telldir termios tfind timer_create timer_delete"
    " timer_getoverrun timer_gettime timer_settime times timeval tms tolower_l toupper_l"
    " towctrans_l towlower_l towupper_l truncate tsearch ttyname ttyname_r twalk ulimit umask"
    " uname unlink unlinkat utimbuf utime utimensat utimes utmpx utsname wait waitid waitpid"
    " wcscasecmp_l wcscoll_l wcsncasecmp_l wcsxfrm_l wctrans_l wctype_l wordexp wordfree write"
    " writev ",
};

/* Those that a net's own functions would be called, and its constants, which are capitals: `sem`
   has its sem_init, `msg` its MSG_BATCH. */
static const char *const taken[] = {
    "CMSG_ALIGN",
    "CPU_ALLOC_SIZE",
    "MSG_BATCH",
    "PAGE_SIZE",
    "SCHED_BATCH",
    "atomic_flag_test_and_set",
    "atomic_init",
    "cnd_init",
    "fd_set",
    "inet_network",
    "mtx_init",
    "posix_spawn_file_actions_init",
    "posix_spawnattr_init",
    "pthread_attr_init",
    "pthread_barrier_init",
    "pthread_barrierattr_init",
    "pthread_cond_init",
    "pthread_condattr_init",
    "pthread_mutex_init",
    "pthread_mutexattr_init",
    "pthread_rwlock_init",
    "pthread_rwlockattr_init",
    "pthread_spin_init",
    "sem_init",
    "timespec_get",
    "tss_get",
    "tss_set",
};

static bool library_has(const char *name) {
    size_t size = strlen(name);
    for (size_t i = 0; i < sizeof words / sizeof *words; i++)
        for (const char *at = words[i]; (at = strstr(at, name)); at += size)
            if (at[-1] == ' ' && at[size] == ' ')
                return true;
    return false;
}

const char *library_avoid(Compiler *compiler, const char *name) {
    return library_has(name) ? format_text(compiler, "%s_", name) : name;
}

/* Whether a name begins with the network's, or in capitals with its capitals. */
static bool begins_with(const char *name, const char *network) {
    bool is_capital = isupper((unsigned char)*name);
    for (; *network; name++, network++)
        if (*name != *network && !(is_capital && *name == toupper((unsigned char)*network)))
            return false;
    return true;
}

const char *library_takes(const char *network) {
    for (size_t i = 0; i < sizeof taken / sizeof *taken; i++)
        if (begins_with(taken[i], network) && strrchr(taken[i], '_') == taken[i] + strlen(network))
            return taken[i];
    return NULL;
}
