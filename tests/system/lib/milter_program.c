/* tests/system/lib/milter_program.c - a filter made with libmilter, which does what the sender's local part says
 *
 *   milter_program SOCKET      serves "unix:SOCKET" until it is killed
 */
#include <libmilter/mfapi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct message {
    char wish[64];
    unsigned long body;
};

static struct message* of(SMFICTX* context) {
    return smfi_getpriv(context);
}

static int wished(SMFICTX* context, const char* wish) {
    return of(context) != NULL && strcmp(of(context)->wish, wish) == 0;
}

static sfsistat on_mail(SMFICTX* context, char** arguments) {
    struct message* made = of(context) != NULL ? of(context) : calloc(1, sizeof *made);
    const char* path = arguments[0][0] == '<' ? arguments[0] + 1 : arguments[0];
    size_t length = strcspn(path, "@>");
    if (made == NULL) return SMFIS_TEMPFAIL;
    if (length >= sizeof made->wish) length = sizeof made->wish - 1;
    memcpy(made->wish, path, length);
    made->wish[length] = '\0';
    made->body = 0;
    smfi_setpriv(context, made);
    if (wished(context, "reject-mail")) {
        smfi_setreply(context, "554", "5.7.9", "not this sender, 100% sure");
        return SMFIS_REJECT;
    }
    if (wished(context, "accept-mail")) return SMFIS_ACCEPT;
    return SMFIS_CONTINUE;
}

static sfsistat on_rcpt(SMFICTX* context, char** arguments) {
    if (wished(context, "tempfail-alice") && strstr(arguments[0], "alice") != NULL) return SMFIS_TEMPFAIL;
    return SMFIS_CONTINUE;
}

static sfsistat on_header(SMFICTX* context, char* name, char* value) {
    (void)value;
    if (wished(context, "reject-header") && strcasecmp(name, "Subject") == 0) {
        smfi_setmlreply(context, "550", "5.7.1", "first line", "second line", NULL);
        return SMFIS_REJECT;
    }
    return SMFIS_CONTINUE;
}

static sfsistat on_body(SMFICTX* context, unsigned char* octets, size_t size) {
    (void)octets;
    of(context)->body += size;
    if (wished(context, "skip-body")) return SMFIS_SKIP;
    return SMFIS_CONTINUE;
}

static sfsistat on_end(SMFICTX* context) {
    char size[32];
    if (wished(context, "reject-end")) return SMFIS_REJECT;
    if (wished(context, "tempfail-end")) return SMFIS_TEMPFAIL;
    if (wished(context, "discard-end")) return SMFIS_DISCARD;
    if (wished(context, "quarantine")) smfi_quarantine(context, "a case");
    if (wished(context, "header")) {
        snprintf(size, sizeof size, "%lu", of(context)->body);
        smfi_addheader(context, "X-Body-Size", size);
        smfi_insheader(context, 0, "X-First", "in front");
        smfi_chgheader(context, "Subject", 1, "changed by a filter");
        smfi_chgheader(context, "X-Remove", 2, NULL);
        smfi_addheader(context, "X-Folded", "one\n two");
    }
    if (wished(context, "body")) {
        smfi_replacebody(context, (unsigned char*)"another\r\n", 9);
        smfi_replacebody(context, (unsigned char*)".body\r\n", 7);
    }
    if (wished(context, "recipients")) {
        smfi_delrcpt(context, "<bob@example.com>");
        smfi_addrcpt(context, "<alice@example.com>");
    }
    if (wished(context, "from")) smfi_chgfrom(context, "<other@elsewhere.test>", NULL);
    if (wished(context, "slow")) {
        for (int i = 0; i < 4; ++i) {
            sleep(1);
            smfi_progress(context);
        }
    }
    return SMFIS_CONTINUE;
}

static sfsistat on_close(SMFICTX* context) {
    free(of(context));
    smfi_setpriv(context, NULL);
    return SMFIS_CONTINUE;
}

int main(int argc, char** argv) {
    char place[256];
    struct smfiDesc filter;
    memset(&filter, 0, sizeof filter);
    filter.xxfi_name = "case";
    filter.xxfi_version = SMFI_VERSION;
    filter.xxfi_flags = SMFIF_ADDHDRS | SMFIF_CHGHDRS | SMFIF_CHGBODY | SMFIF_ADDRCPT | SMFIF_DELRCPT | SMFIF_QUARANTINE | SMFIF_CHGFROM;
    filter.xxfi_envfrom = on_mail;
    filter.xxfi_envrcpt = on_rcpt;
    filter.xxfi_header = on_header;
    filter.xxfi_body = on_body;
    filter.xxfi_eom = on_end;
    filter.xxfi_close = on_close;
    if (argc != 2) return 64;
    snprintf(place, sizeof place, "unix:%s", argv[1]);
    if (smfi_setconn(place) == MI_FAILURE || smfi_register(filter) == MI_FAILURE) return 70;
    return smfi_main() == MI_SUCCESS ? 0 : 70;
}
