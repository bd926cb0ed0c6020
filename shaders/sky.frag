// Sky gradient with the sun's glow, meeting the air at the horizon.
#include "look.glsl"
in vec3 direction;
out vec4 color;

void main() {
    vec3 d = normalize(direction);
    color = vec4(to_display(mix(fog_color, sky_light(d), smoothstep(-0.02, 0.22, d.z))), 1.0);
}
