// What has been cut away stays as a breath of light.
#include "look.glsl"
centroid in vec3 site;
#ifdef CUT
#include "sections.glsl"
flat in uint slot;
#endif
centroid in vec3 normal;
out vec4 color;

void main() {
#ifdef CUT
    if (is_cut_away(site, slot)) discard;
#endif
    float facing = abs(dot(normalize(normal), normalize(camera_position - site)));
    color = vec4(0.80, 0.86, 0.92, 0.018 + 0.07 * pow(1.0 - facing, 2.0));
}
